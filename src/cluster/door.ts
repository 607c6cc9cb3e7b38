import { randomUUID } from 'node:crypto';
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
import { partitionOf } from './partition.js';
import { toLogMessage } from './partition-log.js';

interface DoorParts {
  readonly log: JetStreamClient;
  readonly partitions: number;
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

/**
 * Where messages enter a cluster: they go into the log of their device's partition, and count as taken once the log has
 * them, whichever gateway owns the partition. A log that does not answer, or is full, is tried until it takes them: their senders wait meanwhile.
 */
export class Door {
  readonly #parts: DoorParts;
  readonly #closing = new AbortController();
  /** The message of each device that is on its way to the log last: the next one waits for it, so that the order stays. */
  readonly #last = new Map<DeviceId, Promise<void>>();
  #problem: string | undefined;

  constructor(parts: DoorParts) {
    this.#parts = parts;
  }

  /** Why the log does not take messages; `undefined` as long as it does. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Takes a message over; resolves when the log has it. `undefined` for one that is refused: nobody waits for it. */
  deliver(message: RawMessage): Promise<void> | undefined {
    const device = message.device ?? this.#deviceIn(message);
    return device === undefined ? undefined : this.#append(message, device, this.#closing.signal);
  }

  /** Takes a pushed message over, and says what it holds once the log has it. */
  async ingest(message: RawMessage): Promise<IngestResult> {
    const outcome = decodeMessage(message, this.#parts.settings);
    if (!outcome.ok) {
      this.#refuse(message, outcome);
      return { kind: 'rejected', reason: outcome.reason, detail: outcome.detail };
    }
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(PUSHED_WITHIN_MS)]);
    try {
      await this.#append(message, outcome.device, signal);
    } catch {
      return { kind: 'busy' };
    }
    // The gateway that has the device writes them into its recording, from the log.
    const areLabelsKept = this.#parts.isRecorded(outcome.device);
    return toIngestResult({ kind: 'kept', content: outcome, fates: undefined, areLabelsKept });
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

  #append(message: RawMessage, device: DeviceId, signal: AbortSignal): Promise<void> {
    const before = this.#last.get(device) ?? Promise.resolve();
    const appended = before.catch(() => undefined).then(() => this.#publish(message, device, signal));
    this.#last.set(device, appended);
    const forget = (): void => {
      if (this.#last.get(device) === appended) this.#last.delete(device);
    };
    appended.then(forget, forget);
    return appended;
  }

  async #publish(message: RawMessage, device: DeviceId, signal: AbortSignal): Promise<void> {
    const { log, partitions, clusterEvents } = this.#parts;
    const { subject, header, data } = await toLogMessage(message, device, partitionOf(device, partitions));
    // A message whose acknowledgement got lost is in the log once, however often it is tried.
    const options = { msgID: randomUUID(), headers: header, timeout: ACKNOWLEDGED_WITHIN_MS, retries: 0 };
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await log.publish(subject, data, options);
        this.#problem = undefined;
        clusterEvents.appendedAgain();
        return;
      } catch (error) {
        this.#problem = messageOf(error);
        clusterEvents.notAppended(partitionOf(device, partitions), error);
        await sleep(backoffMs(failures, RETRY, Math.random), undefined, { signal }).catch(() => undefined);
      }
    }
    throw new GatewayError('CLOSED', 'the log did not take the message in time', { retryable: true });
  }
}
