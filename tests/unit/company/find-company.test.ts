import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { CompanyFinder } from '../../../src/company/company-finder.js';
import { HAND_SET_MODEL } from '../../../src/company/company-model.js';
import { type CompanyEvent, findCompany } from '../../../src/company/find-company.js';
import { GRID_RATE_HZ } from '../../../src/company/signature-grid.js';
import type { DeviceId } from '../../../src/domain/ids.js';
import { type Fault, fromNoMessage } from '../../../src/shared/faults.js';
import type { ClosedRows } from '../../../src/stream/window-frames.js';
import { VirtualTime } from '../../helpers/virtual-time.js';
import { framesOf, idOf, walkingRows } from './company-rows.js';

const DEVICES = Array.from({ length: 6 }, (_, number) => idOf(`phone-${number}`));
const SWEEP_MS = 1000;
const FAULT = new Error('torn page');

/** A finder that takes a millisecond for each step. */
class SlowFinder extends CompanyFinder {
  readonly #time: VirtualTime;
  steps = 0;
  failAt = Number.POSITIVE_INFINITY;

  constructor(time: VirtualTime) {
    super({ model: HAND_SET_MODEL, subjectOf: (device) => device, isComparable: () => true });
    this.#time = time;
  }

  override *advance(heardMs: number): ReturnType<CompanyFinder['advance']> {
    for (const found of super.advance(heardMs)) {
      this.steps += 1;
      if (this.steps === this.failAt) throw FAULT;
      this.#time.frame += 1;
      yield found;
    }
  }
}

function setUp() {
  const time = new VirtualTime();
  const finder = new SlowFinder(time);
  const rows$ = new Subject<ClosedRows>();
  const events: CompanyEvent[] = [];
  const faults: Fault[] = [];
  const options = { finder, left$: new Subject<DeviceId>(), sweepMs: SWEEP_MS };
  rows$
    .pipe(findCompany(options, time, (fault) => void faults.push(fault)))
    .subscribe((event) => void events.push(event));
  const send = (seconds: number): void => {
    const frames = DEVICES.map((device) => framesOf(0, walkingRows(0, seconds * GRID_RATE_HZ), device));
    rows$.next({ frames, settle: fromNoMessage });
  };
  return { time, finder, rows$, events, faults, send };
}

describe(findCompany, () => {
  it('lets others in between parts of a round, and goes on with it before the next is due', async () => {
    const { time, finder, events, send } = setUp();
    send(50);
    await time.advance(SWEEP_MS);
    const first = finder.steps;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(20);
    await time.advance(SWEEP_MS - 1);
    expect(finder.steps).toBeGreaterThan(DEVICES.length * 50);
    expect(events.filter(({ type }) => type === 'seen')).toHaveLength(DEVICES.length);
  });

  it('compares at once what would go beyond what is remembered, and all at the end', () => {
    const { finder, rows$, send } = setUp();
    send(70);
    expect(DEVICES.map((device) => finder.waitingSeconds(device))).toEqual(DEVICES.map(() => 0));
    const other = setUp();
    other.send(10);
    expect(other.finder.steps).toBe(0);
    other.rows$.complete();
    expect(other.finder.waitingSeconds(DEVICES[0] ?? idOf('nobody'))).toBe(0);
    rows$.complete();
  });

  it('goes on after a fault with the next round', async () => {
    const { time, finder, faults, send } = setUp();
    send(10);
    finder.failAt = 5;
    await time.advance(SWEEP_MS);
    expect(faults.map(({ error }) => error)).toEqual([FAULT]);
    await time.advance(2 * SWEEP_MS);
    expect(DEVICES.map((device) => finder.waitingSeconds(device))).toEqual(DEVICES.map(() => 0));
  });
});
