import { setImmediate } from 'node:timers/promises';
import { type Observable, Subject } from 'rxjs';
import type { Delivery, FateCounts, Settle, Settlement } from '../domain/delivery.js';
import type { Journal, JournalEntry, JournalId } from '../domain/journal.js';
import type { RawMessage } from '../domain/message.js';
import type { IngestResult, SampleUse } from '../http/dependencies.js';
import { GatewayError } from '../shared/errors.js';
import type { DeadLetterFile } from '../storage/outbox/dead-letter-file.js';
import type { Events } from '../telemetry/events.js';
import type { Backpressure } from './backpressure.js';
import type { Recovery } from './recovery.js';

export interface IntakeDependencies {
  readonly events: Pick<Events, 'messageReceived' | 'messageAccepted' | 'messageRejected' | 'deliveryFailed'>;
  readonly backpressure: Backpressure;
  readonly journal: Pick<Journal, 'entries'>;
  readonly recovery: Pick<Recovery, 'covers' | 'discard'>;
  /** Where messages go that brought a fault out. */
  readonly deadLetters: Pick<DeadLetterFile, 'append'>;
}

/**
 * Where messages enter the data path, from sources and from the journal: each goes in with its settlement, and its sender
 * hears what became of it.
 */
export class Intake {
  readonly #deliveries = new Subject<Delivery>();
  readonly #dependencies: IntakeDependencies;
  readonly #abandoned: Promise<never>;
  #abandon: () => void = () => undefined;
  #isClosed = false;

  constructor(dependencies: IntakeDependencies) {
    this.#dependencies = dependencies;
    this.#abandoned = new Promise((_, reject) => {
      this.#abandon = () =>
        reject(new GatewayError('CLOSED', 'the gateway is stopping', { retryable: true }));
    });
    // Sources hear of it where they wait for it.
    this.#abandoned.catch(() => undefined);
  }

  /** The beginning of the data path. */
  get deliveries$(): Observable<Delivery> {
    return this.#deliveries;
  }

  /**
   * Takes a message over. The promise resolves when the message is kept and the gateway can take more, which slows the
   * source; there is none for a message that is done with at once. While the gateway stops messages are not taken: the
   * promise rejects with `CLOSED` (retryable) when the source is about to close.
   */
  deliver(message: RawMessage): Promise<void> | undefined {
    return this.#isClosed ? this.#abandoned : this.#conclude(message, this.#take(message));
  }

  /** Takes a pushed message over, and says what became of it once it is kept. */
  async ingest(message: RawMessage): Promise<IngestResult> {
    if (this.#isClosed || this.#dependencies.backpressure.isOn) return { kind: 'busy' };
    const passage = this.#take(message);
    await this.#conclude(message, passage);
    return toIngestResult(await passage.settled());
  }

  /**
   * Goes through a message that a journal holds. Once it was refused it is not needed there. It is counted unless an
   * earlier run has done so.
   *
   * @returns what became of it
   */
  async goThrough({ id, message }: JournalEntry): Promise<Settlement> {
    const passage = message.recovery === undefined ? this.#take(message, id) : this.#pass(message, id);
    const settlement = await passage.settled();
    // A failed one is gone through again by the next run.
    if (settlement.kind !== 'rejected') return settlement;
    this.#dependencies.recovery.discard(id, message.device);
    await this.#follow(message, settlement);
    return settlement;
  }

  /** Goes through the messages again that an earlier run had taken and not finished; the next run does when this one ends. */
  async recover(): Promise<void> {
    const { journal, backpressure } = this.#dependencies;
    for (const entry of journal.entries()) {
      if (this.#isClosed) return;
      await this.goThrough({
        id: entry.id,
        message: { ...entry.message, recovery: this.#recoveryOf(entry) },
      });
      await backpressure.whenReleased();
      // What the messages lead to, and everybody else, gets its turn.
      await setImmediate();
    }
  }

  /** Takes nothing more; what was taken goes on through the data path. */
  close(): void {
    this.#isClosed = true;
    this.#deliveries.complete();
  }

  /** Lets go of the messages that came while the gateway was stopping: their senders will send them again. */
  abandon(): void {
    this.#abandon();
  }

  /** Counts a message in the turn in which it comes: one that waits for others of its device was accepted. */
  #take(message: RawMessage, journalId?: JournalId): Passage {
    const { events } = this.#dependencies;
    events.messageReceived();
    const passage = this.#pass(message, journalId);
    const { settlement } = passage;
    if (settlement?.kind === 'rejected') {
      const { reason, detail } = settlement;
      events.messageRejected({ reason, topic: message.topic, detail });
    } else {
      events.messageAccepted();
    }
    return passage;
  }

  #pass(message: RawMessage, journalId?: JournalId): Passage {
    const passage = new Passage();
    const { settle } = passage;
    this.#deliveries.next(journalId === undefined ? { message, settle } : { message, settle, journalId });
    return passage;
  }

  /** What a sender waits for; `undefined` when there is nothing. */
  #conclude(message: RawMessage, passage: Passage): Promise<void> | undefined {
    const { settlement } = passage;
    const concluded =
      settlement === undefined
        ? passage.settled().then((later) => this.#follow(message, later))
        : this.#follow(message, settlement);
    const released = this.#dependencies.backpressure.whenReleased();
    return released === undefined ? concluded : Promise.all([concluded, released]).then(() => undefined);
  }

  #follow(message: RawMessage, settlement: Settlement): Promise<void> | undefined {
    if (settlement.kind === 'failed') return Promise.reject(settlement.error);
    const isFault = settlement.kind === 'rejected' && settlement.reason === 'internal';
    if (!isFault) return undefined;
    return this.#bury({ ...message, device: message.device ?? settlement.device }, settlement.detail);
  }

  #recoveryOf({ id, message: { device } }: JournalEntry): NonNullable<RawMessage['recovery']> {
    return device !== undefined && this.#dependencies.recovery.covers(device, id) ? 'covered' : 'uncovered';
  }

  /** Keeps a message for people to look at; where even that fails it is let go of, or it would come again for ever. */
  async #bury({ format, topic, device, receivedAtMs, payload }: RawMessage, words: string): Promise<void> {
    const { deadLetters, events } = this.#dependencies;
    const letter = {
      format,
      topic,
      receivedAtMs,
      device: device ?? null,
      payload: Buffer.from(payload).toString('base64'),
    };
    await deadLetters
      .append([{ atMs: receivedAtMs, words, payload: letter }])
      .catch((error: unknown) => events.deliveryFailed(error));
  }
}

/** A message's way through the data path, until it is settled. */
class Passage {
  #settlement: Settlement | undefined;
  #settled: Promise<Settlement> | undefined;
  #resolve: (settlement: Settlement) => void = () => undefined;

  /** What became of the message; `undefined` while that is not known. */
  get settlement(): Settlement | undefined {
    return this.#settlement;
  }

  readonly settle: Settle = (settlement) => {
    if (this.#settlement !== undefined) return;
    this.#settlement = settlement;
    this.#resolve(settlement);
  };

  settled(): Promise<Settlement> {
    if (this.#settlement !== undefined) return Promise.resolve(this.#settlement);
    this.#settled ??= new Promise((resolve) => {
      this.#resolve = resolve;
    });
    return this.#settled;
  }
}

/** What the sender of a pushed message hears of its settlement. */
export function toIngestResult(settlement: Settlement): IngestResult {
  if (settlement.kind === 'failed') return { kind: 'busy' };
  if (settlement.kind === 'rejected') {
    const { reason, detail } = settlement;
    return { kind: 'rejected', reason, detail };
  }
  const { areLabelsKept, content, fates } = settlement;
  const { device, frames, ignored, invalidSamples, isTest, labels, message } = content;
  // What came before was taken then, and who sends it again must hear that it may stop.
  const isTaken = fates === undefined || fates.used + fates.duplicate > 0;
  const blocks = isTaken ? (message?.blocks.length ?? 0) : 0;
  return {
    kind: 'accepted',
    device,
    isTest,
    areLabelsKept,
    usableEntries: blocks + frames.length + labels.length,
    ignoredSensors: [...ignored.keys()],
    samples: sampleUse(fates, invalidSamples),
  };
}

/** @param invalid samples that the decoder did not let through */
function sampleUse(fates: Readonly<FateCounts> | undefined, invalid: number): SampleUse | undefined {
  const counts = { ...fates, used: 0, invalid: (fates?.invalid ?? 0) + invalid };
  const unused = Object.entries(counts).filter(([, count]) => count > 0);
  return unused.length === 0 ? undefined : { used: fates?.used ?? 0, unused: Object.fromEntries(unused) };
}
