import type { JsMsg } from '@nats-io/jetstream';
import { millis } from '@nats-io/transport-node';
import { SignatureShelf } from '../company/signature-shelf.js';
import type { DeviceId } from '../domain/ids.js';
import { SIGNATURES_STREAM } from './cluster-streams.js';
import type { SharedMemory } from './connect-nats.js';
import { followStream } from './read-stream.js';
import { unpackSignatures } from './signature-packets.js';
import { SignatureQueue } from './signature-queue.js';

/** Of which nothing has come for so long, that device is remembered no more, milliseconds. */
const REMEMBERED_MS = 900_000;

interface SignatureParts {
  readonly memory: Pick<SharedMemory, 'log'>;
  /** Whether signatures of a device are wanted that NATS took at a time, epoch milliseconds. */
  readonly isWanted: (device: DeviceId, takenAtMs: number) => boolean;
  /** Whether pairs of a device are compared here. */
  readonly isInUse: (device: DeviceId) => boolean;
}

/** How all devices of the cluster moved in the last minutes, as every gateway reads it. */
export class SharedSignatures implements AsyncDisposable {
  readonly shelf = new SignatureShelf();
  readonly #queue = new SignatureQueue(this.shelf);
  readonly #parts: SignatureParts;
  readonly #ending = new AbortController();
  readonly #following: Promise<void>;

  constructor(parts: SignatureParts) {
    this.#parts = parts;
    const range = { stream: SIGNATURES_STREAM, from: 1 };
    this.#following = followStream(parts.memory.log, range, this.#ending.signal, (message) =>
      this.#take(message),
    );
  }

  /**
   * Brings some of what has come onto the shelf.
   *
   * @param keptToMs up to where all pairs that are compared here are written down, epoch milliseconds
   * @returns whether more may follow, once that was compared
   */
  step(keptToMs: number): boolean {
    const nowMs = performance.now();
    for (const device of this.#queue.unheardSince(nowMs - REMEMBERED_MS))
      if (!this.#parts.isInUse(device)) this.forget(device);
    return this.#queue.step(nowMs, keptToMs);
  }

  forget(device: DeviceId): void {
    this.#queue.forget(device);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#following;
  }

  #take({ data, timestampNanos }: JsMsg): void {
    const takenAtMs = millis(Number(timestampNanos));
    for (const row of unpackSignatures(data))
      if (this.#parts.isWanted(row.device, takenAtMs)) this.#queue.add(row, performance.now());
  }
}
