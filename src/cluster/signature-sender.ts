import { setTimeout as sleep } from 'node:timers/promises';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { SignatureShelf } from '../company/signature-shelf.js';
import type { SignatureRow } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import { signatureSubject } from './cluster-streams.js';
import { packSignatures } from './signature-packets.js';

/** What comes within so long goes together, milliseconds. */
const GATHER_MS = 1000;
const RETRY_MS = 500;
const TAKEN_WITHIN_MS = 2000;
/** Signatures in one message. */
const MOST_AT_ONCE = 2000;

interface SenderParts {
  readonly partition: number;
  readonly log: Pick<JetStreamClient, 'publish'>;
  /** What has arrived is sent no more. */
  readonly shelf: Pick<SignatureShelf, 'newestMs'>;
}

/**
 * Sends the signatures of one partition's devices to all gateways, in order: nothing goes out before NATS has what was before
 * it. What is sent twice, by the next owner or one that is no longer it, is the same.
 */
export class SignatureSender {
  readonly #parts: SenderParts;
  readonly #ending = new AbortController();
  #waiting: SignatureRow[] = [];
  /** End of the first second of each device that NATS may not have, epoch milliseconds. */
  #unsent = new Map<DeviceId, number>();
  #sending: Promise<void> | undefined;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  send(rows: readonly SignatureRow[]): void {
    for (const row of rows) {
      if (row.endMs <= (this.#parts.shelf.newestMs(row.device) ?? Number.NEGATIVE_INFINITY)) continue;
      this.#waiting.push(row);
      if (!this.#unsent.has(row.device)) this.#unsent.set(row.device, row.endMs);
    }
    if (this.#waiting.length === 0 || this.#ending.signal.aborted) return;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  unsentMs(device: DeviceId): number {
    return this.#unsent.get(device) ?? Number.POSITIVE_INFINITY;
  }

  forget(device: DeviceId): void {
    this.#waiting = this.#waiting.filter((row) => row.device !== device);
    this.#unsent.delete(device);
  }

  /** Sends nothing more: the next owner does. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    const { signal } = this.#ending;
    const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined);
    await pause(GATHER_MS);
    while (this.#waiting.length > 0 && !signal.aborted) {
      const batch = this.#waiting.slice(0, MOST_AT_ONCE);
      if (await this.#publish(batch)) this.#sent(new Set(batch));
      else await pause(RETRY_MS);
    }
  }

  async #publish(batch: readonly SignatureRow[]): Promise<boolean> {
    const { log, partition } = this.#parts;
    const options = { timeout: TAKEN_WITHIN_MS, retries: 0 };
    const [sending] = await Promise.allSettled([
      log.publish(signatureSubject(partition), packSignatures(batch), options),
    ]);
    return sending.status === 'fulfilled';
  }

  #sent(batch: ReadonlySet<SignatureRow>): void {
    this.#waiting = this.#waiting.filter((row) => !batch.has(row));
    this.#unsent = new Map();
    for (const { device, endMs } of this.#waiting)
      if (!this.#unsent.has(device)) this.#unsent.set(device, endMs);
  }
}
