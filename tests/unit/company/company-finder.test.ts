import { beforeAll, describe, expect, it } from 'vitest';
import type { SeenDevice } from '../../../src/company/companions.js';
import { CompanyFinder, neededFromMsOf } from '../../../src/company/company-finder.js';
import { HAND_SET_MODEL } from '../../../src/company/company-model.js';
import { COMPANY_GRID } from '../../../src/company/signature-grid.js';
import type { DeviceId } from '../../../src/domain/ids.js';
import type { SensorMessage } from '../../../src/domain/samples.js';
import type { CompanyUpdate } from '../../../src/domain/store.js';
import { DeviceAligner } from '../../../src/stream/synchronise/device-aligner.js';
import { SYNCHRONISE } from '../../helpers/synchronise-options.js';
import { createWalkers, type Walkers } from '../../helpers/walkers.js';
import { idOf } from './company-rows.js';

const SECONDS = 700;
const START_MS = Date.UTC(2026, 0, 31, 12);
const NAMES = ['anna', 'ben', 'cleo'];
const [ANNA, BEN] = [idOf('anna'), idOf('ben')];

let walkers: Walkers;
beforeAll(() => {
  walkers = createWalkers(NAMES, { seconds: SECONDS, seed: 3, startMs: START_MS });
});

interface World {
  readonly finder: CompanyFinder;
  readonly updates: CompanyUpdate[];
  readonly seen: SeenDevice[];
  take(messages: readonly SensorMessage[]): void;
  advance(heardMs: number): void;
}

function createWorld(isComparable: (device: DeviceId) => boolean = () => true): World {
  const finder = new CompanyFinder({ model: HAND_SET_MODEL, subjectOf: (device) => device, isComparable });
  const aligners = new Map<DeviceId, DeviceAligner>();
  const world: World = {
    finder,
    updates: [],
    seen: [],
    take: (messages) => {
      for (const message of messages) {
        const aligner =
          aligners.get(message.device) ?? new DeviceAligner(message.device, SYNCHRONISE, [COMPANY_GRID]);
        aligners.set(message.device, aligner);
        for (const frames of aligner.accept(message).frames) finder.take(frames, message.receivedAtMs);
      }
    },
    advance: (heardMs) => {
      for (const { updates, seen } of finder.advance(heardMs)) {
        world.updates.push(...updates);
        world.seen.push(...seen);
      }
    },
  };
  return world;
}

function play(world: World, fromSecond: number, toSecond: number): void {
  for (let second = fromSecond; second < toSecond; second++) {
    world.take(walkers.sentIn(second));
    world.advance(START_MS + (second + 1) * 1000);
  }
}

describe(CompanyFinder, () => {
  it('finds who is with whom from what phones send, each of two told of the other', () => {
    const world = createWorld();
    play(world, 0, SECONDS);
    expect(world.updates.length).toBeGreaterThan(1);
    const [first, second] = world.updates;
    expect([second?.device, second?.with]).toEqual([first?.with, first?.device]);
    const meeting = walkers.meetings(String(first?.device)).find((one) => one.with === first?.with);
    expect(first?.status).toBe('together');
    expect(first?.sinceMs).toBeGreaterThan((meeting?.fromMs ?? 0) - 30_000);
    expect(first?.sinceMs).toBeLessThan(meeting?.toMs ?? 0);
    expect(world.seen.some(({ device, company }) => device === first?.device && company !== undefined)).toBe(
      true,
    );
  });

  it('says the same after it was killed and everything that was not written down came again', () => {
    const [killed, whole] = [createWorld(), createWorld()];
    play(whole, 0, SECONDS);
    play(killed, 0, 400);
    const state = structuredClone(killed.finder.snapshot());
    const told = killed.updates.length;
    play(killed, 400, 420);
    const needed = neededFromMsOf(state);
    const again = createWorld();
    again.finder.restore(state, 0);
    for (let second = 0; second < 420; second++) {
      again.take(
        walkers
          .sentIn(second)
          .filter(({ device, receivedAtMs }) => receivedAtMs >= (needed.get(device) ?? 0)),
      );
    }
    again.advance(1000);
    play(again, 420, SECONDS);
    expect([...killed.updates.slice(0, told), ...again.updates]).toEqual(whole.updates);
    expect(again.finder.now()).toEqual(whole.finder.now());
  });

  it('takes nothing in of a device that may not be compared', () => {
    const world = createWorld((device) => device !== BEN);
    play(world, 0, 200);
    expect(world.finder.snapshot().devices.map(({ device }) => device)).toEqual([ANNA, idOf('cleo')]);
  });

  it('ends at once what a device takes part in that may not be compared since a restart', () => {
    const [before, after] = [createWorld(), createWorld(() => false)];
    play(before, 0, SECONDS);
    const held = before.finder.now();
    expect(held.length).toBeGreaterThan(0);
    after.finder.restore(before.finder.snapshot(), 0);
    after.advance(0);
    expect(after.updates.map(({ device, status }) => ({ device, status }))).toEqual(
      expect.arrayContaining(held.map(({ device }) => ({ device, status: 'unknown' }))),
    );
    expect([after.finder.now(), after.finder.snapshot().devices]).toEqual([[], []]);
  });

  it('lets go of a device that is silent while it could be heard, and of one that is forgotten', () => {
    const world = createWorld();
    play(world, 0, 30);
    world.advance(START_MS + 30_000 + 119_000);
    expect(world.finder.snapshot().devices).toHaveLength(3);
    world.finder.forget(ANNA);
    expect(JSON.stringify(world.finder.snapshot())).not.toContain('anna');
    world.advance(START_MS + 30_000 + 121_000);
    expect(world.finder.snapshot()).toMatchObject({ devices: [], pairs: [] });
    expect(world.seen.filter(({ isGone }) => isGone).map(({ device }) => device)).toEqual(['ben', 'cleo']);
  });
});
