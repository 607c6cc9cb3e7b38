import { setImmediate } from 'node:timers/promises';
import { type Observable, Subject } from 'rxjs';
import type { Journal, JournalEntry } from '../domain/journal.js';
import type { RawMessage } from '../domain/message.js';
import type { SensorMessage } from '../domain/samples.js';
import type { IngestResult, SampleUse } from '../http/dependencies.js';
import { type DecodeOutcome, reject } from '../ingest/decode/outcome.js';
import { GatewayError } from '../shared/errors.js';
import { attempt, type Fault } from '../shared/faults.js';
import type { DeadLetterFile } from '../storage/outbox/dead-letter-file.js';
import type { Accepted, DeviceAligner } from '../stream/synchronise/device-aligner.js';
import type { Events } from '../telemetry/events.js';
import type { FlowGate } from './backpressure.js';
import type { Recovery } from './recovery.js';

export interface IntakeDependencies {
  readonly events: Pick<Events, 'messageReceived' | 'messageAccepted' | 'messageRejected' | 'deliveryFailed'>;
  readonly gate: FlowGate;
  readonly journal: Journal;
  readonly recovery: Recovery;
  /** Where messages go that brought a fault out. */
  readonly deadLetters: Pick<DeadLetterFile, 'append'>;
}

/** What the synchroniser made of a message. */
interface Taken {
  readonly message: SensorMessage;
  readonly accepted: Accepted;
  readonly aligner: DeviceAligner;
}

/** What the stages told of the message that is passing through them. */
interface Turn {
  readonly raw: RawMessage;
  /** What is done with the message once the synchroniser has taken it. */
  readonly keep: (taken: Taken, turn: Turn) => Promise<void> | undefined;
  outcome?: DecodeOutcome;
  taken?: Taken;
  labelled?: Promise<boolean>;
  /** Settled when the synchroniser has taken the message, and it is kept. */
  held?: Promise<void>;
  fault?: Fault;
}

interface Held {
  readonly turn: Turn;
  readonly settle: (kept: Promise<void> | undefined) => void;
}

/**
 * Where all sources hand their messages over: the beginning of the data path, and the place where a message is kept before
 * its sender hears that it arrived. A message that brings a fault out is refused as `internal` and kept as a dead letter.
 */
export class Intake {
  readonly #messages = new Subject<RawMessage>();
  readonly #dependencies: IntakeDependencies;
  readonly #abandoned: Promise<never>;
  readonly #held = new Map<SensorMessage, Held>();
  #abandon: () => void = () => undefined;
  #isClosed = false;
  /** Of the message that is being passed on; the stages work in the same turn of the event loop. */
  #turn: Turn | undefined;

  constructor(dependencies: IntakeDependencies) {
    this.#dependencies = dependencies;
    this.#abandoned = new Promise((_, reject) => {
      this.#abandon = () =>
        reject(new GatewayError('CLOSED', 'the gateway is stopping', { retryable: true }));
    });
    // Sources hear of it where they wait for it.
    this.#abandoned.catch(() => undefined);
  }

  get messages$(): Observable<RawMessage> {
    return this.#messages;
  }

  /**
   * Takes a message over. The promise resolves when the message is kept and the gateway can take more, which slows the
   * source; there is none for a message that is done with at once. While the gateway stops messages are not taken: the
   * promise rejects with `CLOSED` (retryable) when the source is about to close.
   */
  deliver(message: RawMessage): Promise<void> | undefined {
    return this.#isClosed ? this.#abandoned : this.#deliver(message).kept;
  }

  /** Takes a pushed message over, and says what became of it once it is kept. */
  async ingest(message: RawMessage): Promise<IngestResult> {
    if (this.#isClosed || !this.#dependencies.gate.isOpen) return { kind: 'busy' };
    const { turn, kept } = this.#deliver(message);
    await kept;
    return toIngestResult(turn.outcome, await turn.labelled, turn.taken?.accepted.fates);
  }

  /** Goes through the messages again that an earlier run had taken and not finished. */
  async recover(): Promise<void> {
    const { journal, gate } = this.#dependencies;
    for (const entry of journal.entries()) {
      await this.#recoverOne(entry);
      await gate.whenOpen();
      // What the messages lead to, and everybody else, gets its turn.
      await setImmediate();
    }
  }

  /** Told by the decode stage, or by one that refuses the message later. */
  noteOutcome(outcome: DecodeOutcome): void {
    if (this.#turn !== undefined) this.#turn.outcome = outcome;
  }

  /** Told by the synchroniser, in the same turn or, of a message that was held, later. */
  noteTaken(message: SensorMessage, accepted: Accepted, aligner: DeviceAligner): void {
    const taken = { message, accepted, aligner };
    const held = this.#held.get(message);
    this.#held.delete(message);
    const turn = held?.turn ?? this.#turn;
    if (turn !== undefined) turn.taken = taken;
    held?.settle(held.turn.keep(taken, held.turn));
  }

  /** Told by the synchroniser that a message waits for earlier ones of its device. */
  noteHeld(message: SensorMessage): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    const taken = new Promise<void>((resolve) => {
      this.#held.set(message, { turn, settle: resolve });
    });
    turn.held = Promise.race([taken, this.#abandoned]);
  }

  /** Told by the synchroniser that a message which was held brought a fault out. */
  noteHeldLost(message: SensorMessage): void {
    const held = this.#held.get(message);
    this.#held.delete(message);
    held?.settle(this.#bury(held.turn, 'a fault while it was held'));
  }

  /** Told what becomes of a message's labels, in the same turn: whether there is a recording they belong to. */
  noteLabels(kept: Promise<boolean>): void {
    if (this.#turn !== undefined) this.#turn.labelled = kept;
  }

  /** Told by any stage that something threw; in the turn of a message, that message is refused. */
  noteFault(fault: Fault): void {
    if (this.#turn !== undefined) this.#turn.fault ??= fault;
  }

  /** Takes nothing more; what was taken goes on through the data path. */
  close(): void {
    this.#isClosed = true;
    this.#messages.complete();
  }

  /** Lets go of the messages that came while the gateway was stopping: their senders will send them again. */
  abandon(): void {
    this.#abandon();
  }

  #deliver(message: RawMessage): { readonly turn: Turn; readonly kept: Promise<void> | undefined } {
    this.#dependencies.events.messageReceived();
    const turn = this.#pass(message, (taken, { outcome }) => this.#keep(message, taken, outcome));
    const kept = this.#settle(turn);
    const open = this.#dependencies.gate.whenOpen();
    return { turn, kept: open === undefined ? kept : Promise.all([kept, open]).then(() => undefined) };
  }

  #pass(raw: RawMessage, keep: Turn['keep']): Turn {
    const turn: Turn = { raw, keep };
    this.#turn = turn;
    attempt(
      'intake',
      (fault) => this.noteFault(fault),
      () => this.#messages.next(raw),
    );
    this.#turn = undefined;
    return turn;
  }

  #settle(turn: Turn): Promise<void> | undefined {
    const { fault, held, labelled, outcome, raw, taken } = turn;
    const { events } = this.#dependencies;
    if (fault !== undefined) {
      const detail = `a fault in the stage ${fault.stage}; the log has its stack`;
      events.messageRejected({ reason: 'internal', topic: raw.topic, detail });
      turn.outcome = reject('internal', detail);
      return this.#bury(turn, detail);
    }
    if (outcome?.ok === true) events.messageAccepted();
    const samples = taken === undefined ? held : turn.keep(taken, turn);
    return labelled === undefined ? samples : Promise.all([samples, labelled]).then(() => undefined);
  }

  /** Only what holds samples that are used is kept; of a duplicate the first one must be. */
  #keep(raw: RawMessage, taken: Taken, outcome: DecodeOutcome | undefined): Promise<void> | undefined {
    const { journal, recovery } = this.#dependencies;
    const { message, accepted, aligner } = taken;
    if (accepted.fates.used === 0) return accepted.fates.duplicate > 0 ? journal.flushed() : undefined;
    const { id, kept } = journal.append({ ...raw, device: message.device });
    const platform = outcome?.ok === true ? outcome.platform : undefined;
    recovery.retain(message.device, id, accepted.newestMs, { aligner, platform });
    return kept;
  }

  async #recoverOne({ id, message }: JournalEntry): Promise<void> {
    const { recovery } = this.#dependencies;
    const isCovered = message.device !== undefined && recovery.covers(message.device, id);
    const turn = this.#pass({ ...message, recovery: isCovered ? 'covered' : 'uncovered' }, (taken) => {
      recovery.retain(taken.message.device, id, taken.accepted.newestMs, taken);
      return undefined;
    });
    if (turn.fault !== undefined) await this.#bury(turn, `a fault in the stage ${turn.fault.stage}`);
    if (turn.held !== undefined) await turn.held;
    else if (turn.taken === undefined || turn.fault !== undefined) recovery.discard(id);
    else await turn.keep(turn.taken, turn);
  }

  /** Keeps a message for people to look at; where even that fails it is let go of, or it would come again for ever. */
  async #bury({ raw, outcome, taken }: Turn, words: string): Promise<void> {
    const { format, topic, receivedAtMs, payload } = raw;
    const named = outcome?.ok === true ? outcome.device : raw.device;
    const letter = {
      ...{ format, topic, receivedAtMs, device: taken?.message.device ?? named ?? null },
      payload: Buffer.from(payload).toString('base64'),
    };
    const { deadLetters, events } = this.#dependencies;
    await deadLetters
      .append([{ atMs: receivedAtMs, words, payload: letter }])
      .catch((error: unknown) => events.deliveryFailed(error));
  }
}

function toIngestResult(
  outcome: DecodeOutcome | undefined,
  areLabelsKept: boolean | undefined,
  fates: Accepted['fates'] | undefined,
): IngestResult {
  if (outcome === undefined) return { kind: 'busy' };
  if (!outcome.ok) return { kind: 'rejected', reason: outcome.reason, detail: outcome.detail };
  // What came before was taken then, and who sends it again must hear that it may stop.
  const isTaken = fates === undefined || fates.used + fates.duplicate > 0;
  const blocks = isTaken ? (outcome.message?.blocks.length ?? 0) : 0;
  return {
    kind: 'accepted',
    device: outcome.device,
    isTest: outcome.isTest,
    usableEntries: blocks + outcome.frames.length + outcome.labels.length,
    ignoredSensors: [...outcome.ignored.keys()],
    samples: sampleUse(fates, outcome.invalidSamples),
    areLabelsKept: areLabelsKept ?? false,
  };
}

/** @param invalid samples that the decoder did not let through */
function sampleUse(fates: Accepted['fates'] | undefined, invalid: number): SampleUse | undefined {
  const counts = { ...fates, used: 0, invalid: (fates?.invalid ?? 0) + invalid };
  const unused = Object.entries(counts).filter(([, count]) => count > 0);
  return unused.length === 0 ? undefined : { used: fates?.used ?? 0, unused: Object.fromEntries(unused) };
}
