import { randomUUID } from 'node:crypto';
import { addAbortListener, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { DeviceId } from '../domain/ids.js';
import type { RawMessage } from '../domain/message.js';
import { toIngestResult } from '../gateway/intake.js';
import type { IngestResult } from '../http/dependencies.js';
import { decodeMessage } from '../ingest/decode/decode.js';
import type { RejectedMessage } from '../ingest/decode/outcome.js';
import type { DecodeSettings } from '../ingest/decode/settings.js';
import { backoffMs } from '../shared/backoff.js';
import { GatewayError, messageOf } from '../shared/errors.js';
import type { Events } from '../telemetry/events.js';
import type { ClusterEvents } from './cluster-events.js';
import type { PartitionOf } from './partition.js';
import { isFull, toLogMessage } from './partition-log.js';
import type { Verdicts } from './verdicts.js';

interface DoorParts {
  readonly log: JetStreamClient;
  readonly partitionOf: PartitionOf;
  readonly verdicts: Pick<Verdicts, 'listen'>;
  readonly settings: DecodeSettings;
  readonly isRecorded: (device: DeviceId) => boolean;
  readonly events: Pick<Events, 'messageReceived' | 'messageRejected'>;
  readonly clusterEvents: Pick<ClusterEvents, 'notAppended' | 'appendedAgain'>;
}

const RETRY = { initialMs: 100, maxMs: 2000 };
/** Longest wait for the log's word that it has a message, milliseconds. */
const ACKNOWLEDGED_WITHIN_MS = 2000;
/** Longest that a pushed message is tried for; its sender tries again itself. */
const PUSHED_WITHIN_MS = 5000;
/** Longest that a push, once it is in the log, waits for what its owner says of it. */
const JUDGED_WITHIN_MS = 2000;
/** A log that refused a message counts as refusing for so long, unless it takes one: its sender may have gone. */
const REFUSES_FOR_MS = 10_000;

/** A message on its way into the log. */
interface Passing {
  readonly message: RawMessage;
  readonly device: DeviceId;
  /** Where what becomes of it is waited for. */
  readonly verdictTo?: string;
}

/** Why a partition's log did not take a message. */
interface Refusal {
  readonly reason: string;
  readonly atMs: number;
}

/**
 * Where messages enter a cluster: they go into the log of their device's partition, and count as taken once the log has
 * them, whichever gateway owns the partition. A log that does not answer, or is full, is tried until it takes them: their senders wait meanwhile.
 */
export class Door {
  readonly #parts: DoorParts;
  readonly #closing = new AbortController();
  /** The message of each device that is on its way to the log last: the next one waits for it, so that the order stays. */
  readonly #last = new Map<DeviceId, Promise<void>>();
  readonly #refusals = new Map<number, Refusal>();

  constructor(parts: DoorParts) {
    this.#parts = parts;
  }

  /** Partitions whose logs do not take messages now. */
  get refusing(): readonly number[] {
    return Array.from(this.#refusing().keys());
  }

  /** Why logs do not take messages; `undefined` as long as all do. */
  get problem(): string | undefined {
    const [first, ...others] = this.#refusing();
    if (first === undefined) return undefined;
    const [partition, { reason }] = first;
    return `partition ${partition}${others.length === 0 ? '' : ` and ${others.length} others`}: ${reason}`;
  }

  /** Takes a message over; resolves when the log has it. `undefined` for one that is refused: nobody waits for it. */
  deliver(message: RawMessage): Promise<void> | undefined {
    const device = message.device ?? this.#deviceIn(message);
    return device === undefined ? undefined : this.#append({ message, device }, this.#closing.signal);
  }

  /**
   * Takes a pushed message over. Says what became of it when the gateway that has the device does so in time, and else what it
   * holds: the log has it.
   */
  async ingest(message: RawMessage): Promise<IngestResult> {
    const outcome = decodeMessage(message, this.#parts.settings);
    if (!outcome.ok) {
      this.#refuse(message, outcome);
      return { kind: 'rejected', reason: outcome.reason, detail: outcome.detail };
    }
    using awaited = this.#parts.verdicts.listen();
    if (!(await this.#appendInTime({ message, device: outcome.device, verdictTo: awaited.subject })))
      return { kind: 'busy' };
    const verdict = await awaited.within(JUDGED_WITHIN_MS);
    if (verdict !== undefined) return verdict;
    // The gateway that has the device writes them into its recording, from the log.
    const areLabelsKept = this.#parts.isRecorded(outcome.device);
    return toIngestResult({ kind: 'kept', content: outcome, fates: undefined, areLabelsKept });
  }

  /** Resolves when no message of a device is on its way into the log. */
  async settled(device: DeviceId): Promise<void> {
    for (let last = this.#last.get(device); last !== undefined; last = this.#last.get(device))
      await last.catch(() => undefined);
  }

  /** Takes nothing more: senders whose messages are not in the log will send them again. */
  close(): void {
    this.#closing.abort();
  }

  /** The device that only the payload names. */
  #deviceIn(message: RawMessage): DeviceId | undefined {
    const outcome = decodeMessage(message, this.#parts.settings);
    if (outcome.ok) return outcome.device;
    this.#refuse(message, outcome);
    return undefined;
  }

  #refuse({ topic }: RawMessage, { reason, detail }: RejectedMessage): void {
    const { events } = this.#parts;
    events.messageReceived();
    events.messageRejected({ reason, topic, detail });
  }

  /** @returns whether the log has it; it may wait for messages before it that the log does not take */
  async #appendInTime(passing: Passing): Promise<boolean> {
    // Not AbortSignal.any: Node.js 20 may collect a timeout that is only a part of another signal.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), PUSHED_WITHIN_MS);
    using _ = addAbortListener(this.#closing.signal, () => late.abort());
    const isAppended = this.#append(passing, late.signal).then(
      () => true,
      () => false,
    );
    const isLate = once(late.signal, 'abort').then(() => false);
    try {
      return await Promise.race([isAppended, isLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  #append(passing: Passing, signal: AbortSignal): Promise<void> {
    const { device } = passing;
    const before = this.#last.get(device) ?? Promise.resolve();
    const appended = before.catch(() => undefined).then(() => this.#publish(passing, signal));
    this.#last.set(device, appended);
    const forget = (): void => {
      if (this.#last.get(device) === appended) this.#last.delete(device);
    };
    appended.then(forget, forget);
    return appended;
  }

  async #publish({ message, device, verdictTo }: Passing, signal: AbortSignal): Promise<void> {
    const { log, partitionOf } = this.#parts;
    const partition = partitionOf(device);
    const { subject, header, data } = await toLogMessage(message, device, partition, verdictTo);
    // A message whose acknowledgement got lost is in the log once, however often it is tried.
    const options = { msgID: randomUUID(), headers: header, timeout: ACKNOWLEDGED_WITHIN_MS, retries: 0 };
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await log.publish(subject, data, options);
        this.#took(partition);
        return;
      } catch (error) {
        this.#refused(partition, error);
        await sleep(backoffMs(failures, RETRY, Math.random), undefined, { signal }).catch(() => undefined);
      }
    }
    throw new GatewayError('CLOSED', 'the log did not take the message in time', { retryable: true });
  }

  #took(partition: number): void {
    if (!this.#refusals.delete(partition)) return;
    if (this.#refusing().size === 0) this.#parts.clusterEvents.appendedAgain();
  }

  #refused(partition: number, error: unknown): void {
    if (this.#refusing().size === 0) this.#parts.clusterEvents.notAppended(partition, error);
    this.#refusals.set(partition, { reason: reasonOf(error), atMs: performance.now() });
  }

  #refusing(): ReadonlyMap<number, Refusal> {
    const sinceMs = performance.now() - REFUSES_FOR_MS;
    for (const [partition, { atMs }] of this.#refusals) if (atMs < sinceMs) this.#refusals.delete(partition);
    return this.#refusals;
  }
}

function reasonOf(error: unknown): string {
  return isFull(error)
    ? 'its log is full (cluster.logBytes), as when InfluxDB is away or gateways do not keep up'
    : messageOf(error);
}
