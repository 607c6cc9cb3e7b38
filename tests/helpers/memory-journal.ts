import type { DeviceId } from '../../src/domain/ids.js';
import type { Journal, JournalId, JournalUpdate } from '../../src/domain/journal.js';
import type { RawMessage } from '../../src/domain/message.js';

/** What a journal in memory leaves behind, as a disk would. */
export interface MemoryDisk {
  readonly entries: Map<JournalId, RawMessage>;
  readonly checkpoints: Map<DeviceId, unknown>;
}

export interface MemoryJournal extends Journal {
  /** While true, changes gather in memory; {@link MemoryJournal.commit} writes them. */
  isHeld: boolean;
  commit(): void;
}

export function createMemoryDisk(): MemoryDisk {
  return { entries: new Map(), checkpoints: new Map() };
}

/** A journal without a disk, for tests in virtual time; the contract suite holds it to what the real one does. */
export function openMemoryJournal(disk: MemoryDisk = createMemoryDisk()): MemoryJournal {
  let nextId = Math.max(0, ...disk.entries.keys()) + 1;
  let gathering: (() => void)[] = [];
  let size = disk.entries.size;
  const change = (apply: () => void): Promise<void> =>
    new Promise((resolve) => {
      gathering.push(() => {
        apply();
        resolve();
      });
      if (!journal.isHeld) journal.commit();
    });
  const apply = ({ released, checkpoints, forgotten }: JournalUpdate): void => {
    for (const id of released) disk.entries.delete(id);
    for (const { device, state } of checkpoints) disk.checkpoints.set(device, structuredClone(state));
    for (const device of forgotten) disk.checkpoints.delete(device);
  };
  const journal: MemoryJournal = {
    isHeld: false,
    problem: undefined,
    get size() {
      return size;
    },
    append: (message) => {
      const id = nextId++;
      size += 1;
      return { id, kept: change(() => disk.entries.set(id, structuredClone(message))) };
    },
    flushed: () => change(() => undefined),
    erase: () => change(() => undefined),
    update: (update) => {
      size -= update.released.length;
      return change(() => apply(update));
    },
    entries: () => Array.from(disk.entries, ([id, message]) => ({ id, message })),
    checkpoints: () => Array.from(disk.checkpoints, ([device, state]) => ({ device, state })),
    commit: () => {
      for (const one of gathering) one();
      gathering = [];
    },
    [Symbol.asyncDispose]: () => {
      journal.commit();
      return Promise.resolve();
    },
  };
  return journal;
}
