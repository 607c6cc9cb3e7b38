import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CompanyUpdate, Results } from '../../../src/domain/store.js';
import type { Prediction } from '../../../src/domain/window.js';
import { DeviceRegistry } from '../../../src/gateway/device-registry.js';
import { deliver, type Result } from '../../../src/gateway/results.js';
import { SuppressedDevices } from '../../../src/gateway/suppressed-devices.js';
import { WindowLedger } from '../../../src/gateway/window-ledger.js';
import { createLiveFeed, type LiveEvent } from '../../../src/http/live-feed.js';
import type { Fault } from '../../../src/shared/faults.js';
import {
  deviceId,
  makeCompany,
  makeResults,
  makeUpdate,
  makeWindow,
  PHONE,
} from '../../helpers/make-results.js';
import { tinyManifest } from '../../helpers/tiny-model.js';

const { probabilities: _stored, ...SHAPE } = makeWindow({ model: 'tiny' });
const PREDICTION: Prediction = {
  ...SHAPE,
  modelVersion: '1',
  probabilities: { accompanied: [0.25, 0.75] },
};

function setUp() {
  const nothing = (): void => undefined;
  const registry = new DeviceRegistry({
    offlineMs: 1000,
    maxDevices: 10,
    onOnline: nothing,
    onOffline: nothing,
  });
  const skipped: string[] = [];
  const windows = new WindowLedger({
    clock: { nowMs: () => 0 },
    events: {
      windowsDue: nothing,
      windowStored: nothing,
      windowsSkipped: (reason) => skipped.push(reason),
    },
  });
  const live: LiveEvent[] = [];
  const liveFeed = {
    ...createLiveFeed({ epoch: 0, capacityEvents: 10 }),
    publish: (event: LiveEvent) => void live.push(event),
  };
  const sunk: Results[][] = [[], []];
  const sinks = sunk.map((list) => ({ accept: (results: Results) => void list.push(results) }));
  const suppressed = new SuppressedDevices();
  const manifestOf = (model: string) => (model === 'tiny' ? tinyManifest() : undefined);
  const isCandidate = (model: string) => model === 'rival';
  const faults: Fault[] = [];
  windows.due({ ...SHAPE });
  const settled = () => (windows.pending === 0 ? [SHAPE.startMs] : []);
  const results$ = new Subject<Result>();
  const published: CompanyUpdate[] = [];
  const companyTopics = { accept: (update: CompanyUpdate) => void published.push(update) };
  const options = {
    registry,
    windows,
    liveFeed,
    suppressed,
    manifestOf,
    isCandidate,
    sinks,
    companyTopics,
  };
  results$.pipe(deliver(options, (fault) => void faults.push(fault))).subscribe();
  const accept = (result: Result): void => results$.next(result);
  return { accept, registry, suppressed, skipped, settled, live, sinks, sunk, faults, published };
}

const FAULT = new Error('a sink');
const throwing = (): never => {
  throw FAULT;
};

describe(deliver, () => {
  it('hands a prediction to every sink and to those who look, as it will be stored', () => {
    const { accept, live, sunk, settled } = setUp();
    accept({ type: 'window', outcome: PREDICTION });
    const stored = { ...SHAPE, probabilities: { accompanied: 0.75 } };
    const results = makeResults({ windows: [stored] });
    expect(sunk).toEqual([[results], [results]]);
    expect(live).toEqual([{ type: 'window', data: stored }]);
    expect(settled()).toEqual([]);
  });

  it('counts what the first sink throws on as skipped, and hands it to the others', () => {
    const { accept, sinks, sunk, skipped, settled, faults } = setUp();
    Object.assign(sinks[0] ?? {}, { accept: throwing });
    accept({ type: 'window', outcome: PREDICTION });
    expect({ skipped, settled: settled() }).toEqual({ skipped: ['internal'], settled: [PREDICTION.startMs] });
    expect(sunk[1]).toHaveLength(1);
    expect(faults).toEqual([{ stage: 'results', error: FAULT }]);
  });

  it('stores what another sink throws on', () => {
    const { accept, sinks, sunk, skipped, faults } = setUp();
    Object.assign(sinks[1] ?? {}, { accept: throwing });
    accept({ type: 'window', outcome: PREDICTION });
    expect(sunk[0]).toHaveLength(1);
    expect({ skipped, faults: faults.length }).toEqual({ skipped: [], faults: 1 });
  });

  it('stores what a candidate finds, and shows it to nobody', () => {
    const { accept, live, sunk } = setUp();
    accept({ type: 'window', outcome: { ...PREDICTION, model: 'rival' } });
    expect(sunk.map((results) => results[0]?.windows.map(({ model }) => model))).toEqual([
      ['rival'],
      ['rival'],
    ]);
    expect(live).toEqual([]);
  });

  it('settles a skipped window, and tells no sink', () => {
    const { accept, live, sunk, skipped, settled } = setUp();
    const { startMs } = SHAPE;
    accept({ type: 'window', outcome: { ...SHAPE, skipped: 'low-coverage' } });
    expect(skipped).toEqual(['low-coverage']);
    expect(settled()).toEqual([startMs]);
    expect([...sunk.flat(), ...live]).toEqual([]);
  });

  it('hands a status on and notes it', () => {
    const { accept, registry, live, sunk } = setUp();
    const fates = {
      used: 0,
      late: 0,
      future: 0,
      past: 0,
      duplicate: 0,
      invalid: 0,
      'too-fast': 0,
      overflow: 0,
    };
    const delivery = { messages: 1, missing: 0, duplicates: 0, reordered: 0 };
    const arrival = { receivedAtMs: 0, newestMs: 0, isRepeat: false };
    registry.observe(PHONE, { ...arrival, fates, sensors: [], delivery, clock: undefined });
    const update = makeUpdate();
    accept({ type: 'status', update });
    expect(sunk).toEqual([[makeResults({ statuses: [update] })], [makeResults({ statuses: [update] })]]);
    expect(live).toEqual([{ type: 'status', data: update }]);
    expect(registry.get(PHONE)?.statuses).toMatchObject([{ target: 'accompanied', status: 'yes' }]);
  });

  it('keeps results of a device that is being forgotten to itself', async () => {
    const { accept, suppressed, live, sunk, skipped } = setUp();
    await suppressed.during(PHONE, () => {
      accept({ type: 'window', outcome: PREDICTION });
      accept({ type: 'status', update: makeUpdate() });
      return Promise.resolve();
    });
    expect(skipped).toEqual(['forgotten']);
    expect([...sunk.flat(), ...live]).toEqual([]);
  });

  it('gives company to store, topics and live clients', () => {
    const { accept, live, sunk, published } = setUp();
    const update = { ...makeCompany(), atMs: 5 };
    accept({ type: 'company', update });
    expect(sunk[0]).toEqual([makeResults({ company: [update] })]);
    expect(live).toEqual([{ type: 'company', data: update }]);
    expect(published).toEqual([update]);
  });

  it('keeps nothing that names a device while it is erased, and yet its partner is no longer with it', async () => {
    const { accept, live, sunk, suppressed, published } = setUp();
    const erased = deviceId('phone-2');
    const ended = { ...makeCompany({ status: 'unknown' }), atMs: 5 };
    await suppressed.during(erased, () => {
      accept({ type: 'company', update: ended });
      accept({ type: 'company', update: { ...ended, device: erased, with: PHONE } });
      return Promise.resolve();
    });
    expect([live, sunk[0]]).toEqual([[], []]);
    expect(published).toEqual([ended]);
  });
});
