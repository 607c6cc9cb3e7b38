import { type Observable, Subject } from 'rxjs';
import type { DecodeOutcome } from '../decode/outcome.js';
import type { RawMessage } from '../domain/raw-message.js';
import { GatewayError } from '../errors.js';
import type { Events } from '../events.js';
import type { IngestResult } from '../http/dependencies.js';
import type { FlowGate } from './flow-gate.js';

/** Where all sources hand their messages over: the beginning of the data path. */
export class Intake {
  readonly #messages = new Subject<RawMessage>();
  readonly #events: Pick<Events, 'messageReceived'>;
  readonly #gate: FlowGate;
  #isClosed = false;
  #lastOutcome: DecodeOutcome | undefined;

  constructor(events: Pick<Events, 'messageReceived'>, gate: FlowGate) {
    this.#events = events;
    this.#gate = gate;
  }

  get messages$(): Observable<RawMessage> {
    return this.#messages;
  }

  /**
   * Takes a message over. While the gateway has too much to do the promise waits, which slows the source.
   *
   * @throws GatewayError `CLOSED` (retryable) when the gateway is stopping: the message is not taken
   */
  deliver(message: RawMessage): Promise<void> | undefined {
    if (this.#isClosed) throw new GatewayError('CLOSED', 'the gateway is stopping', { retryable: true });
    this.#events.messageReceived();
    this.#messages.next(message);
    return this.#gate.whenOpen();
  }

  /** Takes a pushed message over and says what became of it. */
  ingest(message: RawMessage): IngestResult {
    if (this.#isClosed || !this.#gate.isOpen) return { kind: 'busy' };
    this.#lastOutcome = undefined;
    void this.deliver(message);
    return toIngestResult(this.#lastOutcome);
  }

  /** Told by the decode stage, in the same turn in which the message was delivered. */
  noteOutcome(outcome: DecodeOutcome): void {
    this.#lastOutcome = outcome;
  }

  /** Takes nothing more; what was taken goes on through the data path. */
  close(): void {
    this.#isClosed = true;
    this.#messages.complete();
  }
}

function toIngestResult(outcome: DecodeOutcome | undefined): IngestResult {
  if (outcome === undefined) return { kind: 'busy' };
  if (!outcome.ok) return { kind: 'rejected', reason: outcome.reason, detail: outcome.detail };
  return {
    kind: 'accepted',
    device: outcome.device,
    isTest: outcome.isTest,
    usableEntries: (outcome.message?.blocks.length ?? 0) + outcome.frames.length + outcome.labels.length,
    ignoredSensors: [...outcome.ignored.keys()],
  };
}
