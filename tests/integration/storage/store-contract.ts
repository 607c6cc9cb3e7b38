import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Store, TimeRange } from '../../../src/domain/store.js';
import {
  deviceId,
  makeApparel,
  makeBatch,
  makeCompany,
  makeStatus,
  makeWindow,
  PHONE,
} from '../../helpers/make-results.js';
import { untilTaken } from '../../helpers/until-taken.js';

/** A place for results, empty at first, that several stores may be opened on one after another or at once. */
export interface StorePlace extends AsyncDisposable {
  open(): Promise<Store>;
}

const ALWAYS: TimeRange = { fromMs: 0, toMs: 4_000_000_000_000 };
const T0 = 1_700_000_000_000;

/** What every adapter of the store port must do; each test has a place of its own. */
export function describeStoreContract(name: string, createPlace: () => Promise<StorePlace>): void {
  const withStore = (title: string, body: (store: Store, place: StorePlace) => Promise<void>) =>
    it(title, async () => {
      await using place = await createPlace();
      await using store = await place.open();
      await body(store, place);
    });

  describe(`${name}: an empty store`, () => {
    withStore('answers everything with nothing', async (store) => {
      await store.ping();
      expect(await store.devices()).toEqual([]);
      expect(await store.windows(PHONE, ALWAYS, 10)).toEqual([]);
      expect(await store.statuses(PHONE, 'accompanied', ALWAYS)).toEqual([]);
      expect(await store.apparel(PHONE, ALWAYS)).toEqual([]);
      expect(await store.company(PHONE, ALWAYS)).toEqual([]);
    });

    withStore('takes an empty batch', async (store) => {
      expect(await store.write(makeBatch())).toEqual({
        written: 0,
        refused: 0,
        refusedWindows: 0,
        refusal: undefined,
      });
    });
  });

  describe(`${name}: writing`, () => {
    withStore('gives back what was written', async (store) => {
      const window = makeWindow();
      const status = makeStatus();
      const apparel = makeApparel();
      const company = makeCompany();
      const report = await store.write(
        makeBatch({ windows: [window], statuses: [status], apparel: [apparel], company: [company] }),
      );
      expect(report).toEqual({ written: 4, refused: 0, refusedWindows: 0, refusal: undefined });
      expect(await store.windows(PHONE, ALWAYS, 10)).toEqual([window]);
      expect(await store.statuses(PHONE, 'accompanied', ALWAYS)).toEqual([status]);
      expect(await store.apparel(PHONE, ALWAYS)).toEqual([apparel]);
      expect(await store.company(PHONE, ALWAYS)).toEqual([company]);
    });

    withStore('gives back statuses that are names of classes', async (store) => {
      const statuses = ['sitting-down', 'Auf Stühlen', 'unknown'].map((status, index) =>
        makeStatus({ target: 'activity', status, atMs: T0 + index }),
      );
      await store.write(makeBatch({ statuses }));
      expect(await store.statuses(PHONE, 'activity', ALWAYS)).toEqual(statuses);
    });

    withStore('changes nothing when the same is written again', async (store) => {
      const batch = makeBatch({
        windows: [makeWindow()],
        statuses: [makeStatus()],
        apparel: [makeApparel()],
      });
      await store.write(batch);
      await store.write(batch);
      expect(await store.windows(PHONE, ALWAYS, 10)).toEqual(batch.windows);
      expect(await store.statuses(PHONE, 'accompanied', ALWAYS)).toEqual(batch.statuses);
      expect(await store.apparel(PHONE, ALWAYS)).toEqual(batch.apparel);
    });

    withStore('keeps the last of two with the same key', async (store) => {
      await store.write(makeBatch({ windows: [makeWindow({ coverage: 0.5 })] }));
      await store.write(makeBatch({ windows: [makeWindow({ coverage: 1 })] }));
      expect(await store.windows(PHONE, ALWAYS, 10)).toEqual([makeWindow({ coverage: 1 })]);
    });

    withStore('takes more points than go into one request', async (store) => {
      const windows = Array.from({ length: 12_001 }, (_, index) => makeWindow({ endMs: T0 + index * 20 }));
      expect(await store.write(makeBatch({ windows }))).toMatchObject({ written: 12_001, refused: 0 });
      expect(await store.windows(PHONE, ALWAYS, 20_000)).toEqual(windows);
    });

    withStore('takes batches that come at once and overlap', async (store, place) => {
      await using second = await place.open();
      const windows = Array.from({ length: 300 }, (_, index) => makeWindow({ endMs: T0 + index * 20 }));
      const writers = Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? store : second).write(
          makeBatch({ windows: windows.slice(index * 20, index * 20 + 120) }),
        ),
      );
      const reports = await Promise.all(writers);
      expect(reports.every((report) => report.written === 120)).toBe(true);
      expect(await store.windows(PHONE, ALWAYS, 1_000)).toEqual(windows);
    });

    withStore('refuses what no store can keep, and takes the rest of the batch', async (store) => {
      const report = await store.write(
        makeBatch({
          windows: [
            makeWindow({ coverage: Number.NaN }),
            makeWindow({ probabilities: { accompanied: Number.POSITIVE_INFINITY } }),
            makeWindow({ endMs: Number.POSITIVE_INFINITY }),
            makeWindow(),
          ],
          statuses: [makeStatus({ target: '' }), makeStatus()],
          apparel: [makeApparel({ label: 'x'.repeat(201) }), makeApparel()],
        }),
      );
      expect(report).toMatchObject({ written: 3, refused: 5, refusedWindows: 3 });
      expect(report.refusal).toContain('not a finite number');
      expect(await store.windows(PHONE, ALWAYS, 10)).toEqual([makeWindow()]);
      expect(await store.statuses(PHONE, 'accompanied', ALWAYS)).toEqual([makeStatus()]);
      expect(await store.apparel(PHONE, ALWAYS)).toEqual([makeApparel()]);
    });

    withStore('is there for a store opened later on the same place', async (store, place) => {
      await store.write(makeBatch({ windows: [makeWindow()] }));
      await store[Symbol.asyncDispose]();
      await using later = await place.open();
      expect(await later.windows(PHONE, ALWAYS, 10)).toEqual([makeWindow()]);
    });

    withStore('answers nothing any more once it is closed', async (store) => {
      await store[Symbol.asyncDispose]();
      await expect(store.write(makeBatch({ windows: [makeWindow()] }))).rejects.toMatchObject({
        code: 'CLOSED',
      });
      await expect(store.devices()).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(store.ping()).rejects.toMatchObject({ code: 'CLOSED' });
    });
  });

  describe(`${name}: values`, () => {
    withStore('keeps three decimals of a millisecond', async (store) => {
      const windows = [T0 + 0.001, T0 + 0.002, T0 + 19.231, T0 + 38.462, T0 + 999.999].map((endMs) =>
        makeWindow({ endMs, startMs: endMs - 2461.538 }),
      );
      await store.write(makeBatch({ windows }));
      expect(await store.windows(PHONE, ALWAYS, 10)).toEqual(windows);
    });

    withStore('keeps any time and number a window can have, to the last bit', async (store) => {
      const arbitraryWindow = fc
        .record({
          endMicroseconds: fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
          coverage: fc.double({ min: 0, max: 1, noNaN: true }),
          maxDeltaMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
          probability: fc.double({ min: 0, max: 1, noNaN: true }),
        })
        .map(({ endMicroseconds, coverage, maxDeltaMs, probability }) =>
          makeWindow({
            startMs: endMicroseconds / 1000 - 2560,
            endMs: endMicroseconds / 1000,
            coverage,
            maxDeltaMs,
            probabilities: { accompanied: probability },
          }),
        );
      const sample = fc.sample(fc.uniqueArray(arbitraryWindow, { selector: (window) => window.endMs }), {
        seed: 7,
        numRuns: 60,
      });
      const windows = [...new Map(sample.flat().map((window) => [window.endMs, window])).values()];
      windows.sort((a, b) => a.endMs - b.endMs);
      await store.write(makeBatch({ windows }));
      expect(await store.windows(PHONE, ALWAYS, 10_000)).toEqual(windows);
    });

    withStore('keeps each class of a target with several, beside windows of other models', async (store) => {
      const windows = [
        makeWindow({
          endMs: T0,
          model: 'activity',
          probabilities: { 'activity.walking': 0.2, 'activity.sitting': 0.8 },
        }),
        makeWindow({ endMs: T0 + 1, probabilities: { accompanied: 0.4 } }),
        makeWindow({ endMs: T0 + 2, probabilities: {} }),
      ];
      await store.write(makeBatch({ windows }));
      expect(await store.windows(PHONE, ALWAYS, 10)).toEqual(windows);
    });

    withStore('keeps names that look like its own columns', async (store) => {
      const probabilities = {
        time: 0.1,
        device: 0.2,
        model: 0.3,
        coverage: 0.4,
        start_ms: 0.5,
        mean_delta_ms: 0.6,
        max_delta_ms: 0.7,
        '%74ime': 0.8,
      };
      await store.write(
        makeBatch({ windows: [makeWindow({ probabilities })], statuses: [makeStatus({ target: 'time' })] }),
      );
      expect(await store.windows(PHONE, ALWAYS, 10)).toEqual([makeWindow({ probabilities })]);
      expect(await store.statuses(PHONE, 'time', ALWAYS)).toEqual([makeStatus({ target: 'time' })]);
    });

    withStore('keeps the names of devices that ids allow, each for itself', async (store) => {
      const devices = ['a', 'a-1', 'a.1', 'a:1', 'a_1', 'A', '0', 'Z.-:_z', 'select', 'x'.repeat(64)].map(
        deviceId,
      );
      const windows = devices.map((device, index) => makeWindow({ device, endMs: T0 + index }));
      await store.write(makeBatch({ windows }));
      for (const [index, device] of devices.entries()) {
        expect(await store.windows(device, ALWAYS, 10)).toEqual([windows[index]]);
      }
      expect(await store.devices()).toEqual([...devices].sort());
    });

    withStore('keeps labels, targets and classes with any characters, and mixes none up', async (store) => {
      const nasty = [
        `x' OR '1'='1`,
        'x"; DROP MEASUREMENT apparel; --',
        'a,device=evil b=1',
        'ends with \\',
        "\\'",
        'two\nlines',
        'tab\tand\r',
        '$device',
        '100 %',
        '%0A',
        'été 服 👗',
        ' ',
        '=',
      ];
      const apparel = nasty.map((label, index) => makeApparel({ label, atMs: T0 + index }));
      const statuses = nasty.map((target, index) => makeStatus({ target, atMs: T0 + index }));
      const windows = [
        makeWindow({ probabilities: Object.fromEntries(nasty.map((name, index) => [name, index / 100])) }),
      ];
      expect(await store.write(makeBatch({ windows, statuses, apparel }))).toMatchObject({ refused: 0 });
      expect(await store.apparel(PHONE, ALWAYS)).toEqual(apparel);
      for (const [index, target] of nasty.entries()) {
        expect(await store.statuses(PHONE, target, ALWAYS)).toEqual([statuses[index]]);
      }
      expect(await store.windows(PHONE, ALWAYS, 10)).toEqual(windows);
      expect(await store.devices()).toEqual([PHONE]);
    });
  });

  describe(`${name}: ranges`, () => {
    const ends = [T0, T0 + 10, T0 + 20, T0 + 30];

    withStore('are half open', async (store) => {
      await store.write(
        makeBatch({
          windows: ends.map((endMs) => makeWindow({ endMs })),
          apparel: ends.map((atMs) => makeApparel({ atMs })),
        }),
      );
      const range = { fromMs: T0 + 10, toMs: T0 + 30 };
      expect((await store.windows(PHONE, range, 10)).map((window) => window.endMs)).toEqual([
        T0 + 10,
        T0 + 20,
      ]);
      expect((await store.apparel(PHONE, range)).map((point) => point.atMs)).toEqual([T0 + 10, T0 + 20]);
      expect(await store.windows(PHONE, { fromMs: T0 + 30, toMs: T0 + 30 }, 10)).toEqual([]);
      expect(await store.windows(PHONE, { fromMs: T0 + 30, toMs: T0 }, 10)).toEqual([]);
    });

    withStore('may be without bounds', async (store) => {
      await store.write(
        makeBatch({ windows: ends.map((endMs) => makeWindow({ endMs })), statuses: [makeStatus()] }),
      );
      const everything = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
      expect(await store.windows(PHONE, everything, Number.POSITIVE_INFINITY)).toHaveLength(4);
      expect(await store.statuses(PHONE, 'accompanied', everything)).toHaveLength(1);
    });

    withStore('answer oldest first, whatever the order of writing, and ties by model', async (store) => {
      const windows = [
        makeWindow({ endMs: T0, model: 'b' }),
        makeWindow({ endMs: T0 + 10, model: 'a' }),
        makeWindow({ endMs: T0 + 10, model: 'b' }),
        makeWindow({ endMs: T0 + 10, model: 'c' }),
        makeWindow({ endMs: T0 + 20, model: 'a' }),
      ];
      for (const index of [3, 0, 4, 2, 1]) {
        await store.write(makeBatch({ windows: windows.slice(index, index + 1) }));
      }
      expect(await store.windows(PHONE, ALWAYS, 10)).toEqual(windows);
      expect(await store.windows(PHONE, ALWAYS, 3)).toEqual(windows.slice(0, 3));
    });

    withStore('stop at the limit with the oldest', async (store) => {
      const windows = ends.map((endMs) => makeWindow({ endMs }));
      await store.write(makeBatch({ windows }));
      expect(await store.windows(PHONE, ALWAYS, 2)).toEqual(windows.slice(0, 2));
      expect(await store.windows(PHONE, ALWAYS, 0)).toEqual([]);
    });

    withStore('keep devices and targets apart', async (store) => {
      const other = deviceId('phone-10');
      await store.write(
        makeBatch({
          windows: [makeWindow(), makeWindow({ device: other, coverage: 0.1 })],
          statuses: [
            makeStatus(),
            makeStatus({ target: 'conversation' }),
            makeStatus({ device: other, status: 'no' }),
          ],
          apparel: [makeApparel(), makeApparel({ device: other })],
        }),
      );
      expect(await store.windows(PHONE, ALWAYS, 10)).toEqual([makeWindow()]);
      expect(await store.statuses(PHONE, 'accompanied', ALWAYS)).toEqual([makeStatus()]);
      expect(await store.statuses(PHONE, 'walking', ALWAYS)).toEqual([]);
      expect(await store.apparel(other, ALWAYS)).toEqual([makeApparel({ device: other })]);
    });

    withStore('keep which model told a label, and who of a frame wears it', async (store) => {
      const apparel = [
        makeApparel({ label: 'coat', model: 'apparel-worn', people: [1, 3] }),
        makeApparel({ label: 'dress', model: 'apparel' }),
        makeApparel({ label: 'hat' }),
      ];
      await store.write(makeBatch({ apparel }));
      expect(await store.apparel(PHONE, ALWAYS)).toEqual(apparel);
    });

    withStore('keep labels of one instant apart', async (store) => {
      const apparel = ['coat', 'dress', 'hat'].map((label) => makeApparel({ label }));
      await store.write(makeBatch({ apparel: apparel.toReversed() }));
      expect(await store.apparel(PHONE, ALWAYS)).toEqual(apparel);
    });
  });

  describe(`${name}: statuses`, () => {
    const points = [0, 10, 20, 30].map((offsetMs, index) =>
      makeStatus({ atMs: T0 + offsetMs, status: index % 2 === 0 ? 'yes' : 'unknown' }),
    );
    const ask = async (store: Store, fromMs: number, toMs: number) =>
      (await store.statuses(PHONE, 'accompanied', { fromMs, toMs })).map((point) => point.atMs - T0);

    withStore('come with the last one before the range', async (store) => {
      await store.write(makeBatch({ statuses: points }));
      expect(await ask(store, T0 + 10, T0 + 30)).toEqual([0, 10, 20]);
      expect(await ask(store, T0 + 11, T0 + 30)).toEqual([10, 20]);
      expect(await ask(store, T0, T0 + 11)).toEqual([0, 10]);
      expect(await ask(store, T0 + 1000, T0 + 2000)).toEqual([30]);
      expect(await ask(store, T0 - 1000, T0)).toEqual([]);
    });

    withStore('come with no point of another target or device before the range', async (store) => {
      await store.write(
        makeBatch({
          statuses: [
            makeStatus({ target: 'accompanied', atMs: T0, device: deviceId('phone-0') }),
            makeStatus({ target: 'a', atMs: T0 }),
            makeStatus({ target: 'accompanied', atMs: T0 + 20 }),
          ],
        }),
      );
      expect(await ask(store, T0 + 10, T0 + 30)).toEqual([20]);
    });
  });

  describe(`${name}: company`, () => {
    const [ben, cleo] = [deviceId('ben'), deviceId('cleo')];
    const change = (other: typeof ben, offsetMs: number, status: 'together' | 'apart') =>
      makeCompany({ with: other, sinceMs: T0 + offsetMs, status, probability: offsetMs / 100 });
    const points = [
      change(ben, 0, 'together'),
      change(ben, 10, 'apart'),
      change(cleo, 10, 'together'),
      change(ben, 20, 'together'),
    ];
    const ask = (store: Store, fromMs: number, toMs: number) =>
      store.company(PHONE, { fromMs: T0 + fromMs, toMs: T0 + toMs });

    withStore('comes oldest first, whatever the order of writing', async (store) => {
      await store.write(makeBatch({ company: points.toReversed() }));
      expect(await store.company(PHONE, ALWAYS)).toEqual(points);
      expect(await store.company(ben, ALWAYS)).toEqual([]);
    });

    withStore('comes with the last point before the range of each other device', async (store) => {
      await store.write(makeBatch({ company: points }));
      expect(await ask(store, 15, 20)).toEqual(points.slice(1, 3));
      expect(await ask(store, 5, 20)).toEqual(points.slice(0, 3));
      expect(await ask(store, 1000, 2000)).toEqual(points.slice(2));
      expect(await ask(store, -1000, 0)).toEqual([]);
    });

    withStore('is known by the last word of the same time', async (store) => {
      await store.write(makeBatch({ company: [change(ben, 0, 'together')] }));
      await store.write(makeBatch({ company: [change(ben, 0, 'apart')] }));
      expect(await store.company(PHONE, ALWAYS)).toEqual([change(ben, 0, 'apart')]);
    });

    withStore('is forgotten on both sides of a pair, and of no other', async (store) => {
      const mutual = [
        makeCompany({ device: ben, with: PHONE }),
        makeCompany({ device: ben, with: cleo }),
        makeCompany({ device: cleo, with: ben }),
        makeCompany({ device: cleo, with: PHONE, sinceMs: T0 + 1 }),
      ];
      await store.write(makeBatch({ company: [...points, ...mutual] }));
      await store.forget(PHONE);
      expect(await store.company(PHONE, ALWAYS)).toEqual([]);
      expect(await store.company(ben, ALWAYS)).toEqual([mutual[1]]);
      expect(await store.company(cleo, ALWAYS)).toEqual([mutual[2]]);
      expect(await store.devices()).toEqual([ben, cleo]);
    });

    withStore('goes once it has outlived its use', async (store) => {
      await store.write(makeBatch({ company: points, statuses: [makeStatus()] }));
      await store.expire({ companyBeforeMs: T0 + 10 });
      expect(await store.company(PHONE, ALWAYS)).toEqual(points.slice(1));
      await store.expire({ companyBeforeMs: T0 + 1e6 });
      expect(await store.company(PHONE, ALWAYS)).toEqual([]);
      expect(await store.statuses(PHONE, 'accompanied', ALWAYS)).toHaveLength(1);
    });
  });

  describe(`${name}: devices`, () => {
    withStore('are all that have results of any kind', async (store) => {
      await store.write(
        makeBatch({
          windows: [makeWindow({ device: deviceId('w') }), makeWindow({ device: deviceId('both') })],
          statuses: [makeStatus({ device: deviceId('s') }), makeStatus({ device: deviceId('both') })],
          apparel: [makeApparel({ device: deviceId('c') })],
          company: [makeCompany({ device: deviceId('a') })],
        }),
      );
      expect(await store.devices()).toEqual(['a', 'both', 'c', 's', 'w']);
    });
  });

  describe(`${name}: forgetting a device`, () => {
    const other = deviceId('phone-10');
    const everythingOf = (device: typeof PHONE) =>
      makeBatch({
        windows: [makeWindow({ device }), makeWindow({ device, model: 'other', endMs: T0 + 5000 })],
        statuses: [makeStatus({ device }), makeStatus({ device, target: 'conversation' })],
        apparel: [makeApparel({ device })],
      });

    withStore('leaves nothing of it', async (store) => {
      await store.write(everythingOf(PHONE));
      await store.forget(PHONE);
      expect(await store.windows(PHONE, ALWAYS, 10)).toEqual([]);
      expect(await store.statuses(PHONE, 'accompanied', ALWAYS)).toEqual([]);
      expect(await store.statuses(PHONE, 'conversation', ALWAYS)).toEqual([]);
      expect(await store.apparel(PHONE, ALWAYS)).toEqual([]);
      expect(await store.devices()).toEqual([]);
    });

    withStore('leaves every other device as it was', async (store) => {
      await store.write(everythingOf(PHONE));
      await store.write(everythingOf(other));
      await store.forget(PHONE);
      expect(await store.devices()).toEqual([other]);
      expect(await store.windows(other, ALWAYS, 10)).toEqual(everythingOf(other).windows);
      expect(await store.statuses(other, 'conversation', ALWAYS)).toHaveLength(1);
      expect(await store.apparel(other, ALWAYS)).toHaveLength(1);
    });

    withStore('of which there is nothing does nothing', async (store) => {
      await store.write(everythingOf(other));
      await store.forget(PHONE);
      expect(await store.devices()).toEqual([other]);
    });

    withStore('can go with writing and reading at once, and on', async (store) => {
      await store.write(everythingOf(PHONE));
      const more = Array.from({ length: 2500 }, (_, index) =>
        makeWindow({ device: other, endMs: T0 + index }),
      );
      await Promise.all([
        untilTaken(() => store.forget(PHONE)),
        ...more.map((window) => untilTaken(() => store.write(makeBatch({ windows: [window] })))),
        store.windows(other, ALWAYS, 10),
      ]);
      expect(await store.windows(other, ALWAYS, 5000)).toEqual(more);
      await store.write(everythingOf(PHONE));
      expect(await store.devices()).toEqual([PHONE, other]);
    });

    withStore('is known to a store opened later', async (store, place) => {
      await store.write(everythingOf(PHONE));
      await store.forget(PHONE);
      await store[Symbol.asyncDispose]();
      await using later = await place.open();
      expect(await later.devices()).toEqual([]);
    });

    withStore('is refused once it is closed', async (store) => {
      await store[Symbol.asyncDispose]();
      await expect(store.forget(PHONE)).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(store.expire({ windowsBeforeMs: T0 })).rejects.toMatchObject({ code: 'CLOSED' });
    });
  });

  describe(`${name}: results that have outlived their use`, () => {
    const other = deviceId('phone-10');
    const times = [T0, T0 + 10, T0 + 20];
    const fill = (store: Store) =>
      store.write(
        makeBatch({
          windows: [PHONE, other].flatMap((device) => times.map((endMs) => makeWindow({ device, endMs }))),
          statuses: ['accompanied', 'conversation'].flatMap((target) =>
            times.map((atMs) => makeStatus({ target, atMs })),
          ),
          apparel: ['coat', 'hat'].flatMap((label) => times.map((atMs) => makeApparel({ label, atMs }))),
        }),
      );
    const kept = async (store: Store) => ({
      windows: (await store.windows(PHONE, ALWAYS, 10)).map(({ endMs }) => endMs - T0),
      others: (await store.windows(other, ALWAYS, 10)).map(({ endMs }) => endMs - T0),
      accompanied: (await store.statuses(PHONE, 'accompanied', ALWAYS)).map(({ atMs }) => atMs - T0),
      conversation: (await store.statuses(PHONE, 'conversation', ALWAYS)).map(({ atMs }) => atMs - T0),
      apparel: (await store.apparel(PHONE, ALWAYS)).map(({ atMs }) => atMs - T0),
    });
    const all = {
      windows: [0, 10, 20],
      others: [0, 10, 20],
      accompanied: [0, 10, 20],
      conversation: [0, 10, 20],
      apparel: [0, 0, 10, 10, 20, 20],
    };

    withStore('go by kind, of all devices, those at the time itself stay', async (store) => {
      await fill(store);
      await store.expire({ windowsBeforeMs: T0 + 10 });
      expect(await kept(store)).toEqual({ ...all, windows: [10, 20], others: [10, 20] });
      await store.expire({ statusesBeforeMs: T0 + 20 });
      await store.expire({ apparelBeforeMs: T0 + 1e6 });
      expect(await kept(store)).toEqual({
        windows: [10, 20],
        others: [10, 20],
        accompanied: [20],
        conversation: [20],
        apparel: [],
      });
    });

    withStore('stay where no time is given, or one before all', async (store) => {
      await fill(store);
      await store.expire({});
      await store.expire({
        windowsBeforeMs: T0,
        statusesBeforeMs: 0,
        apparelBeforeMs: Number.NEGATIVE_INFINITY,
      });
      expect(await kept(store)).toEqual(all);
    });

    withStore('take with them devices that have nothing else', async (store) => {
      await fill(store);
      await store.expire({ windowsBeforeMs: T0 + 1e6 });
      expect(await store.devices()).toEqual([PHONE]);
    });

    withStore('go also where there are many', async (store) => {
      const windows = Array.from({ length: 3500 }, (_, index) => makeWindow({ endMs: T0 + index }));
      await store.write(makeBatch({ windows }));
      await store.expire({ windowsBeforeMs: T0 + 3000 });
      expect(await store.windows(PHONE, ALWAYS, 5000)).toEqual(windows.slice(3000));
    });
  });
}
