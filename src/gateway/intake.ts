import { type Observable, Subject } from 'rxjs';
import type { DecodeOutcome } from '../decode/outcome.js';
import type { Journal, JournalEntry } from '../domain/journal.js';
import type { RawMessage } from '../domain/raw-message.js';
import type { SensorMessage } from '../domain/samples.js';
import { GatewayError } from '../errors.js';
import type { Events } from '../events/events.js';
import type { IngestResult, SampleUse } from '../http/dependencies.js';
import type { Accepted, DeviceAligner } from '../synchronise/device-aligner.js';
import type { FlowGate } from './flow-gate.js';
import type { Recovery } from './recovery.js';

export interface IntakeDependencies {
  readonly events: Pick<Events, 'messageReceived'>;
  readonly gate: FlowGate;
  readonly journal: Journal;
  readonly recovery: Recovery;
}

/** What the synchroniser made of the message that is being delivered. */
interface Taken {
  readonly message: SensorMessage;
  readonly accepted: Accepted;
  readonly aligner: DeviceAligner;
}

/**
 * Where all sources hand their messages over: the beginning of the data path, and the place where a message is kept before
 * its sender hears that it arrived.
 */
export class Intake {
  readonly #messages = new Subject<RawMessage>();
  readonly #dependencies: IntakeDependencies;
  readonly #abandoned: Promise<never>;
  #abandon: () => void = () => undefined;
  #isClosed = false;
  #outcome: DecodeOutcome | undefined;
  #taken: Taken | undefined;
  #labelled: Promise<boolean> | undefined;

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
    if (this.#isClosed) return this.#abandoned;
    this.#dependencies.events.messageReceived();
    this.#pass(message);
    const kept = this.#keep(message);
    const open = this.#dependencies.gate.whenOpen();
    return open === undefined ? kept : Promise.all([kept, open]).then(() => undefined);
  }

  /** Takes a pushed message over, and says what became of it once it is kept. */
  async ingest(message: RawMessage): Promise<IngestResult> {
    if (this.#isClosed || !this.#dependencies.gate.isOpen) return { kind: 'busy' };
    const kept = this.deliver(message);
    const [outcome, labelled, fates] = [this.#outcome, this.#labelled, this.#taken?.accepted.fates];
    await kept;
    return toIngestResult(outcome, await labelled, fates);
  }

  /** Goes through the messages again that an earlier run had taken and not finished. */
  async recover(): Promise<void> {
    const { journal, gate } = this.#dependencies;
    for (const entry of journal.entries()) {
      this.#recoverOne(entry);
      await gate.whenOpen();
    }
  }

  /** Told by the decode stage, in the same turn in which the message was delivered. */
  noteOutcome(outcome: DecodeOutcome): void {
    this.#outcome = outcome;
  }

  /** Told by the synchroniser, in the same turn. */
  noteTaken(message: SensorMessage, accepted: Accepted, aligner: DeviceAligner): void {
    this.#taken = { message, accepted, aligner };
  }

  /** Told what becomes of a message's labels, in the same turn: whether there is a recording they belong to. */
  noteLabels(kept: Promise<boolean>): void {
    this.#labelled = kept;
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

  #pass(message: RawMessage): void {
    this.#outcome = undefined;
    this.#taken = undefined;
    this.#labelled = undefined;
    this.#messages.next(message);
  }

  #keep(raw: RawMessage): Promise<void> | undefined {
    const [samples, labels] = [this.#keepSamples(raw), this.#labelled];
    return labels === undefined ? samples : Promise.all([samples, labels]).then(() => undefined);
  }

  /** Only what holds samples that are used is kept; of a duplicate the first one must be. */
  #keepSamples(raw: RawMessage): Promise<void> | undefined {
    const { journal, recovery } = this.#dependencies;
    if (this.#taken === undefined) return undefined;
    const { message, accepted, aligner } = this.#taken;
    if (accepted.fates.used === 0) return accepted.fates.duplicate > 0 ? journal.flushed() : undefined;
    const { id, kept } = journal.append({ ...raw, device: message.device });
    const platform = this.#outcome?.ok === true ? this.#outcome.platform : undefined;
    recovery.retain(message.device, id, accepted.newestMs, { aligner, platform });
    return kept;
  }

  #recoverOne({ id, message }: JournalEntry): void {
    const { recovery } = this.#dependencies;
    const isCovered = message.device !== undefined && recovery.covers(message.device, id);
    this.#pass({ ...message, recovery: isCovered ? 'covered' : 'uncovered' });
    if (this.#taken === undefined) recovery.discard(id);
    else recovery.retain(this.#taken.message.device, id, this.#taken.accepted.newestMs, this.#taken);
  }
}

function toIngestResult(
  outcome: DecodeOutcome | undefined,
  areLabelsKept: boolean | undefined,
  fates: Accepted['fates'] | undefined,
): IngestResult {
  if (outcome === undefined) return { kind: 'busy' };
  if (!outcome.ok) return { kind: 'rejected', reason: outcome.reason, detail: outcome.detail };
  // What came before was taken then, and whoever sends it again must hear that it may stop.
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
