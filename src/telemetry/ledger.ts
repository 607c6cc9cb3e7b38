import {
  FRAME_REJECT_REASONS,
  type FrameRejectReason,
  type LedgerSnapshot,
  MESSAGE_REJECT_REASONS,
  type MessageRejectReason,
  RESULT_LOSSES,
  type ResultLoss,
  SAMPLE_FATES,
  type SampleFate,
} from '../domain/ledger.js';
import { SKIP_REASONS, type SkipReason } from '../domain/window.js';

/** Why a window that was due is not in the store. */
export type WindowSkipReason = SkipReason | ResultLoss;

/**
 * The counts that must balance.
 *
 * Each fact is counted where it happens and never computed from the others, so that a message, sample or window
 * that got lost shows as `balanced: false`. What belongs together (received and accepted or rejected; samples
 * accepted and their fates) must be counted in the same turn of the event loop, or a snapshot in between tilts.
 */
export interface Ledger {
  messageReceived(): void;
  messageAccepted(): void;
  messageRejected(reason: MessageRejectReason): void;
  /** Samples of an accepted message, whatever becomes of them. */
  samplesAccepted(count: number): void;
  /** What became of samples that were accepted. */
  samplesSettled(fate: SampleFate, count: number): void;
  /** A sensor that no model uses; the name comes from outside, so only so many are kept apart. */
  sensorIgnored(name: string, samples: number): void;
  windowsDue(count: number): void;
  windowsStored(count: number): void;
  windowsSkipped(reason: WindowSkipReason, count: number): void;
  frameReceived(): void;
  frameClassified(): void;
  frameRejected(reason: FrameRejectReason): void;
  snapshot(): LedgerSnapshot;
}

const MAX_IGNORED_NAMES = 100;
const MAX_NAME_CHARACTERS = 64;
/** Where sensors are counted once {@link MAX_IGNORED_NAMES} names are known. */
const OTHER_SENSORS = '(other)';

/**
 * Creates an empty ledger.
 *
 * @param pendingWindows how many due windows lie in queues, workers and unwritten batches at this moment: measured
 *   there, not derived from the counts, so that the ledger can find a window that was dropped in silence
 * @param pendingFrames the same of pictures in work
 */
export function createLedger(pendingWindows: () => number, pendingFrames = () => 0): Ledger {
  const messages = { received: 0, accepted: 0 };
  const windows = { due: 0, stored: 0 };
  const frames = { received: 0, classified: 0 };
  const rejectedFrames = createTally(FRAME_REJECT_REASONS);
  let samplesAccepted = 0;
  const rejected = createTally(MESSAGE_REJECT_REASONS);
  const fates = createTally(SAMPLE_FATES);
  const skipped = createTally<WindowSkipReason>([...SKIP_REASONS, ...RESULT_LOSSES]);
  const ignored = new Map<string, number>();

  const snapshot = (): LedgerSnapshot => {
    const pending = pendingWindows();
    const framesInWork = pendingFrames();
    const balanced =
      messages.received === messages.accepted + rejected.sum() &&
      samplesAccepted === fates.sum() &&
      windows.due === windows.stored + skipped.sum() + pending &&
      frames.received === frames.classified + rejectedFrames.sum() + framesInWork;
    return {
      balanced,
      messages: { ...messages, rejected: rejected.nonZero() },
      samples: { accepted: samplesAccepted, ...fates.all() },
      windows: { ...windows, skipped: skipped.nonZero(), pending },
      frames: { ...frames, rejected: rejectedFrames.nonZero(), pending: framesInWork },
      ignoredSensors: Object.fromEntries(ignored),
    };
  };

  return {
    messageReceived: () => void messages.received++,
    messageAccepted: () => void messages.accepted++,
    messageRejected: (reason) => rejected.add(reason, 1),
    samplesAccepted: (count) => {
      samplesAccepted += count;
    },
    samplesSettled: (fate, count) => fates.add(fate, count),
    sensorIgnored: (name, count) => addIgnored(ignored, name, count),
    windowsDue: (count) => {
      windows.due += count;
    },
    windowsStored: (count) => {
      windows.stored += count;
    },
    windowsSkipped: (reason, count) => skipped.add(reason, count),
    frameReceived: () => void frames.received++,
    frameClassified: () => void frames.classified++,
    frameRejected: (reason) => rejectedFrames.add(reason, 1),
    snapshot,
  };
}

/** Several ledgers as one; it balances when each of them does. */
export function sumOfLedgers(ledgers: readonly LedgerSnapshot[]): LedgerSnapshot {
  const empty = createLedger(() => 0).snapshot();
  return ledgers.reduce<LedgerSnapshot>((total, { messages, samples, windows, frames, ...other }) => {
    return {
      balanced: total.balanced && other.balanced,
      messages: {
        ...added(total.messages, messages),
        rejected: added(total.messages.rejected, messages.rejected),
      },
      samples: added(total.samples, samples),
      windows: { ...added(total.windows, windows), skipped: added(total.windows.skipped, windows.skipped) },
      frames: { ...added(total.frames, frames), rejected: added(total.frames.rejected, frames.rejected) },
      ignoredSensors: added(total.ignoredSensors, other.ignoredSensors),
    };
  }, empty);
}

/** Numbers of both, key by key; what is no number stays as the first has it. */
function added<T extends object>(first: T, second: T): T {
  const sums = new Map<string, unknown>(Object.entries(first));
  for (const [key, value] of Object.entries(second)) {
    const before = sums.get(key) ?? 0;
    if (typeof value === 'number' && typeof before === 'number') sums.set(key, before + value);
  }
  // Both have the keys of their type, and numbers stay numbers.
  return Object.fromEntries(sums) as T;
}

/** The same without what was under way: it is counted again by who goes on with it. */
export function withoutPending(ledger: LedgerSnapshot): LedgerSnapshot {
  const { windows, frames } = ledger;
  return {
    ...ledger,
    windows: { ...windows, due: windows.due - windows.pending, pending: 0 },
    frames: { ...frames, received: frames.received - frames.pending, pending: 0 },
  };
}

interface Tally<K extends string> {
  add(key: K, count: number): void;
  sum(): number;
  all(): Record<K, number>;
  nonZero(): Partial<Record<K, number>>;
}

/** Counts by a closed list of keys. */
function createTally<K extends string>(keys: readonly K[]): Tally<K> {
  const counts = new Map<K, number>(keys.map((key) => [key, 0]));
  return {
    add: (key, count) => void counts.set(key, (counts.get(key) ?? 0) + count),
    sum: () => [...counts.values()].reduce((total, count) => total + count, 0),
    // `fromEntries` forgets that every key is there; the map was filled from the same list.
    all: () => Object.fromEntries(counts) as Record<K, number>,
    nonZero: () =>
      Object.fromEntries([...counts].filter(([, count]) => count !== 0)) as Partial<Record<K, number>>,
  };
}

function addIgnored(ignored: Map<string, number>, name: string, count: number): void {
  const short = name.slice(0, MAX_NAME_CHARACTERS);
  const key = ignored.has(short) || ignored.size < MAX_IGNORED_NAMES ? short : OTHER_SENSORS;
  ignored.set(key, (ignored.get(key) ?? 0) + count);
}
