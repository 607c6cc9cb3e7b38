import { describe, expect, it } from 'vitest';
import { type KeptProgress, recordFrom, withoutErased } from '../../../src/cluster/kept-pairs.js';
import { PartitionPairs } from '../../../src/cluster/partition-pairs.js';
import { HAND_SET_MODEL } from '../../../src/company/company-model.js';
import { SignatureShelf } from '../../../src/company/signature-shelf.js';
import type { CompanyChange } from '../../../src/domain/company.js';
import type { DeviceId } from '../../../src/domain/ids.js';
import { idOf } from '../company/company-rows.js';
import { START_MS, walk } from '../company/walks.js';

const [ANN, BEN] = [idOf('ann'), idOf('ben')];
const ROWS = [ANN, BEN].flatMap((device, own) => walk({ device, way: 1, own, fromSecond: 0, toSecond: 600 }));

/** What owners of a partition share: signatures, and the record that each leaves. */
class World {
  readonly shelf = new SignatureShelf();
  readonly told: CompanyChange[] = [];
  readonly right = { token: 1, isLost: false };
  readonly left = new Set<DeviceId>();
  kept: KeptProgress | undefined;
  logMs = 0;
  isLogFull = false;

  /** Another owner goes on from a record. */
  own(before = this.kept): PartitionPairs {
    const parts = {
      shelf: this.shelf,
      model: HAND_SET_MODEL,
      subjectOf: (device: DeviceId) => device,
      isOwn: () => true,
      takesPart: (device: DeviceId) => !this.left.has(device),
      owned: { whenDecided: () => undefined, right: this.right },
      logMs: () => this.logMs,
      nowMs: () => 0,
      tell: (change: CompanyChange) => {
        if (this.isLogFull) return Promise.reject(new Error('no room'));
        this.told.push(change);
        return Promise.resolve();
      },
      kept: {
        write: (kept: KeptProgress) => {
          this.kept = structuredClone(kept);
          return Promise.resolve(true);
        },
      },
    };
    return new PartitionPairs(parts, before);
  }

  async play(pairs: PartitionPairs, fromSecond: number, toSecond: number): Promise<void> {
    for (let second = fromSecond + 1; second <= toSecond; second++) {
      this.logMs = second * 1000;
      for (const row of ROWS)
        if (row.endMs === START_MS + second * 1000) this.shelf.open(row.device).add(row);
      await pairs.compare();
      await pairs.tell();
    }
  }
}

describe(PartitionPairs, () => {
  it('finds out after a take-over what the owner before would have, from a record that is older', async () => {
    const whole = new World();
    await whole.play(whole.own(), 0, 200);
    expect(whole.told).toMatchObject([{ first: ANN, second: BEN, status: 'together' }]);

    const world = new World();
    const first = world.own();
    await world.play(first, 0, 20);
    await first.keep();
    const { kept } = world;
    expect(first.keptToMs).toBe(START_MS + 20_000);
    await world.play(first, 20, 150);
    // Signatures do not come further than the next owner could go back.
    expect(first.keptToMs).toBeGreaterThanOrEqual(START_MS + 120_000);
    expect(world.told).toEqual(whole.told);
    await world.play(world.own(kept), 150, 200);
    expect(world.told).toEqual([...whole.told, ...whole.told]);
  });

  it('goes on with what devices were told where the record is lost, and ends it where nothing more comes', async () => {
    const world = new World();
    await world.play(world.own(), 0, 200);
    const [met] = world.told;
    if (met === undefined) throw new Error('nobody met');
    const heard = new Map([
      [ANN, [{ ...met, with: BEN, heardAtMs: 0 }]],
      [BEN, [{ ...met, with: ANN, heardAtMs: 0 }]],
    ]);
    const next = world.own(recordFrom(heard));
    await world.play(next, 200, 260);
    expect(world.told).toEqual([met]);

    const silent = new World();
    const pairs = silent.own(recordFrom(heard));
    for (const logMs of [0, 120_000]) {
      silent.logMs = logMs;
      await pairs.compare();
    }
    await pairs.tell();
    expect(silent.told).toMatchObject([{ first: ANN, second: BEN, status: 'unknown' }]);
    expect(recordFrom(new Map([[ANN, []]]))).toBeUndefined();
  });

  it('keeps what could not be told, and no record beyond it', async () => {
    const world = new World();
    const pairs = world.own();
    await world.play(pairs, 0, 20);
    world.isLogFull = true;
    await expect(world.play(pairs, 20, 200)).rejects.toThrow('no room');
    const { kept } = world;
    await pairs.keep();
    expect([world.told, world.kept]).toEqual([[], kept]);
    world.isLogFull = false;
    await pairs.tell();
    await pairs.keep();
    expect(world.told).toHaveLength(1);
    expect(world.kept).not.toEqual(kept);
  });

  it('ends what a device takes part in that is silent, by the time of the log, or has left', async () => {
    const world = new World();
    const pairs = world.own();
    await world.play(pairs, 0, 200);
    world.logMs += 119_000;
    await pairs.compare();
    expect(pairs.knows(ANN)).toBe(true);
    world.logMs += 1000;
    await pairs.compare();
    await pairs.tell();
    expect(world.told.map(({ status }) => status)).toEqual(['together', 'unknown']);
    // What lies on the shelf is no sign of life.
    await pairs.compare();
    expect(pairs.isFollowing).toBe(false);

    const other = new World();
    const left = other.own();
    await other.play(left, 0, 200);
    other.left.add(BEN);
    await left.compare();
    await left.tell();
    expect(other.told.map(({ status }) => status)).toEqual(['together', 'unknown']);
    expect([left.knows(ANN), left.knows(BEN)]).toEqual([true, false]);
  });

  it('leaves nothing of a device that is erased, and tells nobody', async () => {
    const world = new World();
    const pairs = world.own();
    await world.play(pairs, 0, 200);
    world.shelf.forget(ANN);
    await pairs.erase(ANN);
    await pairs.tell();
    expect(world.told).toHaveLength(1);
    expect(JSON.stringify(world.kept)).not.toContain(ANN);
    const left = world.kept ?? { token: 0, keptAtMs: 0, progress: { devices: [], pairs: [] } };
    const elsewhere = withoutErased(left, { isErased: (device) => device === BEN });
    expect(elsewhere.progress).toMatchObject({ devices: [], pairs: [] });
  });

  it('says nothing any more once another has the partition', async () => {
    const world = new World();
    const pairs = world.own();
    world.isLogFull = true;
    await expect(world.play(pairs, 0, 200)).rejects.toThrow('no room');
    const { kept } = world;
    world.isLogFull = false;
    world.right.isLost = true;
    await pairs.tell();
    await pairs.keep();
    expect([world.told, world.kept]).toEqual([[], kept]);
  });
});
