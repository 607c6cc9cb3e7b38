import type { DeviceId } from '../domain/ids.js';
import type {
  Appended,
  DeviceCheckpoint,
  Journal,
  JournalEntry,
  JournalId,
  JournalUpdate,
} from '../domain/journal.js';
import type { LedgerSnapshot } from '../domain/ledger.js';
import { GatewayError } from '../shared/errors.js';
import type { DeviceStates, KeptState } from './device-states.js';
import type { LogEntry, PartitionLog } from './partition-log.js';

/** How far a partition's log is done, and what its ledger says there. */
export interface Mark {
  readonly position: number;
  readonly streamMs: number;
  readonly ledger: LedgerSnapshot;
}

interface Parts {
  readonly partition: number;
  readonly log: Pick<PartitionLog, 'cutBefore' | 'cutEachBefore'>;
  readonly states: Pick<DeviceStates, 'write' | 'forget'>;
  readonly record: {
    readonly right: { readonly isLost: boolean };
    write(mark: Mark): Promise<boolean>;
  };
  /** Resolves when everybody can be told of what was found out; the states take it as said. */
  readonly told: () => Promise<void>;
  /** The log could not be cut: it holds more than it must. */
  readonly onCutFailed: (error: unknown) => void;
}

/**
 * A partition's log and the states of its devices as the journal of their data path.
 *
 * A message is in it once the log has it, which is before its owner reads it; so nothing is appended here. A checkpoint is
 * made in this order, and never two at once: what is to be told, states, record, cut of the log. After each of them a crash does no harm.
 */
export class PartitionJournal implements Journal {
  readonly #parts: Parts;
  readonly #kept: ReadonlyMap<DeviceId, KeptState>;
  readonly #retained: readonly LogEntry[];
  /** Of the latest of the states. */
  readonly #keptPosition: number;
  /** Messages that were handed on and must stay in the log, with the device of each. */
  readonly #held: Map<JournalId, DeviceId>;
  /** What earlier checkpoints could not write. */
  readonly #unwritten = new Map<DeviceId, unknown>();
  #mark: Mark | undefined;
  #cutBefore = 0;
  #isFull = false;
  #isSealed = false;
  #problem: string | undefined;

  /**
   * @param kept what the owners before left
   * @param retained the messages that those states name, in order
   */
  constructor(parts: Parts, kept: readonly KeptState[], retained: readonly LogEntry[]) {
    this.#parts = parts;
    this.#kept = new Map(kept.map((each) => [each.device, each]));
    this.#retained = retained;
    this.#keptPosition = Math.max(0, ...kept.map(({ position }) => position));
    this.#held = new Map(kept.flatMap(({ device, retained: ids }) => ids.map((id) => [id, device])));
  }

  get size(): number {
    return this.#held.size;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** Whether a device's state, as its owner before left it, already knows a message. */
  knows(device: DeviceId, id: JournalId): boolean {
    return id <= (this.#kept.get(device)?.position ?? 0);
  }

  /** Whether the log must still hold a message. */
  holds(id: JournalId): boolean {
    return this.#held.has(id);
  }

  /** A message is handed on, and stays in the log until it is released. */
  hold(id: JournalId, device: DeviceId): void {
    this.#held.set(id, device);
  }

  /** What the next update's checkpoints are checkpoints of; to be said in the turn in which they are made. */
  mark(mark: Mark): void {
    this.#mark = mark;
  }

  /** The log has no room: the next checkpoint cuts more than its beginning. */
  makeRoom(): void {
    this.#isFull = true;
  }

  /** Writes nothing more: what is found out from here on is for the next owner to find out. */
  seal(): void {
    this.#isSealed = true;
  }

  append(): Appended {
    throw new GatewayError(
      'CLOSED',
      'messages come to an owner from its log, never to the log from its owner',
    );
  }

  flushed(): Promise<void> {
    return Promise.resolve();
  }

  erase(): Promise<void> {
    return Promise.resolve();
  }

  *entries(): Iterable<JournalEntry> {
    for (const { sequence, message } of this.#retained)
      if (message !== undefined) yield { id: sequence, message };
  }

  *checkpoints(): Iterable<DeviceCheckpoint> {
    for (const { device, state } of this.#kept.values()) yield { device, state };
  }

  async update({ released, checkpoints, forgotten }: JournalUpdate): Promise<void> {
    const { record, states } = this.#parts;
    for (const id of released) this.#held.delete(id);
    for (const { device, state } of checkpoints) this.#unwritten.set(device, state);
    const mark = this.#mark;
    if (mark === undefined || this.#isSealed || record.right.isLost) return;
    // The owner before died in the midst of a checkpoint: some states are of a later moment, and must not go back.
    if (mark.position < this.#keptPosition) return;
    await this.#parts.told();
    // What was held back and is dropped is for the next owner to find out, which such a state would keep it from.
    if (this.#isSealed || record.right.isLost) return;
    await states.forget(forgotten);
    const held = this.#heldByDevice(mark.position);
    const wanted = Array.from(this.#unwritten, ([device, state]) => ({
      device,
      state,
      position: mark.position,
      retained: held.get(device) ?? [],
    }));
    const areWritten = (await states.write(wanted)) && (await record.write(mark));
    this.#problem = areWritten
      ? undefined
      : `NATS did not take the checkpoint of partition ${this.#parts.partition}`;
    if (!areWritten) return;
    this.#unwritten.clear();
    await this.#cut(mark.position);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** Messages of one device that must stay keep those of all others that came later; time has to pass until they may go. */
  async #cutEach(position: number): Promise<void> {
    const held = this.#heldByDevice(position);
    await this.#parts.log.cutEachBefore((device) =>
      cutOf(position, device === undefined ? [] : (held.get(device) ?? [])),
    );
  }

  #heldByDevice(upTo: JournalId): ReadonlyMap<DeviceId, JournalId[]> {
    const held = new Map<DeviceId, JournalId[]>();
    for (const [id, device] of this.#held) {
      if (id > upTo) continue;
      const ofDevice = held.get(device);
      if (ofDevice === undefined) held.set(device, [id]);
      else ofDevice.push(id);
    }
    return held;
  }

  /** Takes out of the log what the checkpoint just written does not need. */
  async #cut(position: number): Promise<void> {
    const before = cutOf(position, this.#held.keys());
    try {
      if (before > this.#cutBefore) await this.#parts.log.cutBefore(before);
      this.#cutBefore = before;
      if (this.#isFull) await this.#cutEach(position);
      this.#isFull = false;
    } catch (error) {
      this.#parts.onCutFailed(error);
    }
  }
}

/** The first message that a log must still hold. */
export function cutOf(position: number, held: Iterable<JournalId>): JournalId {
  let first = position + 1;
  for (const id of held) first = Math.min(first, id);
  return first;
}
