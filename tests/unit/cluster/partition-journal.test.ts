import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeptState } from '../../../src/cluster/device-states.js';
import { cutOf, type Mark, PartitionJournal } from '../../../src/cluster/partition-journal.js';
import type { DeviceId } from '../../../src/domain/ids.js';
import type { JournalUpdate } from '../../../src/domain/journal.js';
import { sumOfLedgers } from '../../../src/telemetry/ledger.js';
import { deviceId } from '../../helpers/sensor-messages.js';

const PHONE = deviceId('phone');
const WATCH = deviceId('watch');
const ledger = sumOfLedgers([]);
const NOTHING: JournalUpdate = { released: [], checkpoints: [], forgotten: [] };

/** A partition whose steps are written down; each can be made to fail. */
function world(kept: readonly KeptState[] = []) {
  const steps: string[] = [];
  const states: Omit<KeptState, 'token'>[] = [];
  const fails = new Set<string>();
  const parts = {
    partition: 7,
    states: {
      write: (written: readonly Omit<KeptState, 'token'>[]) => {
        steps.push('states');
        if (!fails.has('states')) states.push(...written);
        return Promise.resolve(!fails.has('states'));
      },
      forget: () => Promise.resolve(),
    },
    record: {
      right: { isLost: false },
      write: ({ position }: Mark) => {
        steps.push(`record ${position}`);
        return Promise.resolve(!fails.has('record'));
      },
    },
    log: {
      cutBefore: (sequence: number) => {
        steps.push(`cut ${sequence}`);
        return Promise.resolve();
      },
      cutEachBefore: (sequenceOf: (device: DeviceId | undefined) => number) => {
        steps.push(`cut each: ${[PHONE, WATCH, undefined].map(sequenceOf).join(', ')}`);
        return Promise.resolve();
      },
    },
    told: () => {
      steps.push('told');
      return Promise.resolve();
    },
    onCutFailed: () => undefined,
  };
  return { steps, states, fails, parts, journal: new PartitionJournal(parts, kept, []) };
}

const mark = (position: number): Mark => ({ position, streamMs: 1000, ledger });

describe('PartitionJournal', () => {
  it('has told what it found out, then writes states, then the record, then cuts what none of them needs', async () => {
    const { journal, steps, states } = world();
    for (const id of [1, 2, 3]) journal.hold(id, PHONE);
    journal.mark(mark(3));
    await journal.update({ ...NOTHING, released: [1], checkpoints: [{ device: PHONE, state: 'a' }] });
    expect(steps).toEqual(['told', 'states', 'record 3', 'cut 2']);
    expect(states).toEqual([{ device: PHONE, state: 'a', position: 3, retained: [2, 3] }]);
    expect(journal.size).toBe(2);
  });

  it('makes room in a full log beside the messages of a device that must stay, once', async () => {
    const { journal, steps } = world();
    for (const id of [1, 2, 5]) journal.hold(id, PHONE);
    for (const id of [3, 4, 8]) journal.hold(id, WATCH);
    journal.makeRoom();
    journal.mark(mark(6));
    await journal.update({ ...NOTHING, released: [1, 3, 4] });
    journal.mark(mark(7));
    await journal.update(NOTHING);
    expect(steps.filter((step) => step.startsWith('cut'))).toEqual(['cut 2', 'cut each: 2, 7, 7']);
  });

  it('writes nothing once another has the partition, which has not been told what was held back', async () => {
    const { journal, steps, parts } = world();
    parts.told = () => {
      parts.record.right.isLost = true;
      return Promise.resolve();
    };
    journal.mark(mark(1));
    await journal.update({ ...NOTHING, checkpoints: [{ device: PHONE, state: 'a' }] });
    expect(steps).toEqual([]);
  });

  it('names in a state no message that came after the mark, and cuts none of them', async () => {
    const { journal, steps, states } = world();
    journal.hold(1, PHONE);
    journal.mark(mark(1));
    journal.hold(2, PHONE);
    await journal.update({ ...NOTHING, released: [1], checkpoints: [{ device: PHONE, state: 'a' }] });
    expect(states).toMatchObject([{ retained: [] }]);
    expect(steps.at(-1)).toBe('cut 2');
  });

  it.each(['states', 'record'])(
    'cuts nothing when %s were not written, and writes them with the next',
    async (step) => {
      const { journal, steps, states, fails } = world();
      journal.hold(1, PHONE);
      fails.add(step);
      journal.mark(mark(1));
      await journal.update({ ...NOTHING, released: [1], checkpoints: [{ device: PHONE, state: 'a' }] });
      expect(steps.filter((each) => each.startsWith('cut'))).toEqual([]);
      expect(journal.problem).toContain('partition 7');
      fails.clear();
      journal.mark(mark(5));
      await journal.update({ ...NOTHING, checkpoints: [{ device: WATCH, state: 'b' }] });
      expect(states.slice(-2)).toMatchObject([
        { device: PHONE, state: 'a', position: 5 },
        { device: WATCH, state: 'b', position: 5 },
      ]);
      expect(steps.at(-1)).toBe('cut 6');
      expect(journal.problem).toBeUndefined();
    },
  );

  it('writes nothing once another has the partition, or it is sealed', async () => {
    const { journal, steps, parts } = world();
    journal.mark(mark(1));
    parts.record.right.isLost = true;
    await journal.update(NOTHING);
    parts.record.right.isLost = false;
    journal.seal();
    await journal.update(NOTHING);
    expect(steps).toEqual([]);
  });

  it('goes on with what the owner before held, and knows what its states know', async () => {
    const kept = [{ device: PHONE, token: 1, position: 9, retained: [4, 8], state: 'a' }];
    const { journal, steps } = world(kept);
    expect([...journal.checkpoints()]).toEqual([{ device: PHONE, state: 'a' }]);
    expect([8, 9, 10].map((id) => journal.knows(PHONE, id))).toEqual([true, true, false]);
    expect(journal.knows(WATCH, 1)).toBe(false);
    journal.mark(mark(9));
    await journal.update(NOTHING);
    expect(steps.at(-1)).toBe('cut 4');
  });
});

describe('cutOf', () => {
  it('keeps everything after the position, and everything held', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.array(fc.integer({ min: 1, max: 1000 })), (position, held) => {
        const cut = cutOf(position, held);
        expect(cut).toBeLessThanOrEqual(position + 1);
        for (const id of held) expect(id).toBeGreaterThanOrEqual(cut);
        expect(cut === position + 1 || held.includes(cut)).toBe(true);
      }),
    );
  });
});
