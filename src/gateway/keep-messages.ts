import type { OperatorFunction } from 'rxjs';
import type { Settlement } from '../domain/delivery.js';
import type { Journal, JournalId } from '../domain/journal.js';
import { messageStage, type OnFault } from '../shared/faults.js';
import type { SynchronisedMessage } from '../stream/synchronise/synchronise.js';
import type { ClosedRows } from '../stream/window-frames.js';
import type { Recorded } from './recording.js';
import type { Recovery } from './recovery.js';

export interface KeepDependencies {
  readonly journal: Pick<Journal, 'append' | 'flushed'>;
  readonly recovery: Pick<Recovery, 'beginAgain' | 'retain' | 'discard' | 'rest'>;
}

/**
 * Keeps messages in the journal, and settles each once it is on the disk: so its sender hears that it arrived. Hands on the
 * rows that were closed at once. What a later stage rejects meanwhile does not stay in the journal.
 */
export function keepMessages(
  dependencies: KeepDependencies,
  onFault?: OnFault,
): OperatorFunction<Recorded, ClosedRows> {
  return messageStage('keep', onFault, (value, emit) => {
    if (value.type === 'evicted') {
      dependencies.recovery.rest(value.device);
    } else if (value.type === 'rows') {
      emit(value);
    } else {
      const { kept, settle } = keep(dependencies, value);
      const frames = value.taken?.accepted.frames ?? [];
      if (frames.length > 0) emit({ frames, settle });
      settleOnceKept({ ...value, settle }, kept, value.labels);
    }
  });
}

interface Keeping extends Pick<SynchronisedMessage, 'settle'> {
  /** Settled when the message is on the disk; `undefined` when it need not be. */
  readonly kept: Promise<void> | undefined;
}

function keep(
  { journal, recovery }: KeepDependencies,
  { content, journalId, message, settle, taken }: SynchronisedMessage,
): Keeping {
  const isThere = { kept: undefined, settle };
  if (taken === undefined) {
    if (journalId !== undefined) recovery.discard(journalId);
    return isThere;
  }
  const { accepted, aligner } = taken;
  if (accepted.isClockSetBack) recovery.beginAgain(content.device);
  const retain = (id: JournalId): void =>
    recovery.retain(content.device, id, {
      aligner,
      arrival: accepted.arrival,
      platform: content.platform,
      receivedAtMs: message.repeat === undefined ? message.receivedAtMs : undefined,
    });
  if (journalId !== undefined) {
    retain(journalId);
    return isThere;
  }
  // Only what holds samples that are used is kept; of a duplicate the first one must be.
  if (accepted.fates.used === 0)
    return accepted.fates.duplicate > 0 ? { kept: journal.flushed(), settle } : isThere;
  const { id, kept } = journal.append({ ...message, device: content.device });
  // Nobody waits for it when a stage rejects the message meanwhile.
  kept.catch(() => undefined);
  retain(id);
  const settleAppended = (settlement: Settlement): void => {
    if (settlement.kind === 'rejected') recovery.discard(id, content.device);
    settle(settlement);
  };
  return { kept, settle: settleAppended };
}

/** Waits for samples to be in the journal and for labels to be in their recording. */
function settleOnceKept(
  { content, settle, taken }: SynchronisedMessage,
  kept: Promise<void> | undefined,
  labels: Promise<boolean> | undefined,
): void {
  const done = (areLabelsKept: boolean): void =>
    settle({ kind: 'kept', content, fates: taken?.accepted.fates, areLabelsKept });
  const failed = (error: unknown): void => settle({ kind: 'failed', error });
  if (labels !== undefined) Promise.all([labels, kept]).then(([areKept]) => done(areKept), failed);
  else if (kept !== undefined) kept.then(() => done(false), failed);
  else done(false);
}
