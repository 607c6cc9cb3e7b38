import { describe, expect, it } from 'vitest';
import { decodePhyphox } from '../../../../src/ingest/decode/phyphox.js';
import type { DecodeSettings } from '../../../../src/ingest/decode/settings.js';
import { AUTO, accepted, addressed, plain, WITH_PRESSURE } from './make-raw.js';

const decode = (payload: unknown, settings: DecodeSettings = AUTO) =>
  decodePhyphox(addressed('phyphox', payload), settings);

const START = { event: 'START', experimentTime: 0, systemTime: 1_698_501_100.1 };
const ACC = { accX: [0.1, 0.2], accY: [1, 2], accZ: [9.8, 9.9], acc_time: [12.01, 12.02] };

describe(decodePhyphox, () => {
  it('decodes the example of its documentation', () => {
    const { message, ignored, invalidSamples } = accepted(
      decode({ ...ACC, time: { now: 1_698_501_144.401, events: [START] } }),
    );
    expect(message?.clock).toBe('experiment');
    expect(message?.clockZeroMs).toBeCloseTo(1_698_501_100_100, 3);
    expect(plain(message?.blocks)).toEqual({
      accelerometer: { timesMs: [12_010, 12_020], values: [0.1, 1, 9.8, 0.2, 2, 9.9] },
    });
    expect([ignored.size, invalidSamples]).toEqual([0, 0]);
  });

  it('goes by the last START, also after a pause, and under any key', () => {
    const events = [
      START,
      { event: 'PAUSE', experimentTime: 5, systemTime: 1_698_501_105.1 },
      { event: 'START', experimentTime: 5, systemTime: 1_698_501_200 },
      { event: 'PAUSE', experimentTime: 9, systemTime: 1_698_501_204 },
    ];
    const { message } = accepted(decode({ ...ACC, clock: { now: 0, events } }));
    expect(message?.clockZeroMs).toBeCloseTo(1_698_501_195_000, 3);
  });

  it.each([
    [{}],
    [{ time: { now: 1 } }],
    [{ time: { now: 1, events: [] } }],
    [{ time: { events: [{ event: 'PAUSE', experimentTime: 1, systemTime: 2 }] } }],
    [{ time: { events: [{ event: 'START', experimentTime: null, systemTime: 2 }] } }],
    [{ time: { events: [null, 7, 'START'] } }],
  ])('knows no epoch time of its zero from %j', (time) => {
    expect(accepted(decode({ ...ACC, ...time })).message?.clockZeroMs).toBeUndefined();
  });

  it('uses the shortest column of a sensor and counts what is beyond it', () => {
    const { message, invalidSamples } = accepted(decode({ ...ACC, accY: [1], acc_time: [1, 2, 3, 4] }));
    expect(plain(message?.blocks)).toEqual({ accelerometer: { timesMs: [1000], values: [0.1, 1, 9.8] } });
    expect(invalidSamples).toBe(3);
  });

  it('counts NaN, which is sent as null', () => {
    const { message, invalidSamples } = accepted(decode({ ...ACC, accZ: [null, 9.9] }));
    expect(plain(message?.blocks)).toEqual({ accelerometer: { timesMs: [12_020], values: [0.2, 2, 9.9] } });
    expect(invalidSamples).toBe(1);
  });

  it('takes scalars, several sensors and a shared time', () => {
    const { message } = accepted(
      decode({ t: 1, gyrX: 0.1, gyrY: 0.2, gyrZ: 0.3, magX: 1, magY: 2, magZ: 3 }),
    );
    expect(plain(message?.blocks)).toEqual({
      gyroscope: { timesMs: [1000], values: [0.1, 0.2, 0.3] },
      magnetometer: { timesMs: [1000], values: [1, 2, 3] },
    });
  });

  it('accepts columns that are empty, as between two samples', () => {
    const { message } = accepted(decode({ accX: [], accY: [], accZ: [], acc_time: [] }));
    expect(message?.blocks).toEqual([]);
  });

  it('ignores and counts other columns', () => {
    const { ignored } = accepted(decode({ ...ACC, acc: [9.8, 9.9], illuminance: 12, gyrX: [1] }));
    expect([...ignored]).toEqual([
      ['acc', 2],
      ['illuminance', 1],
      ['gyrX', 1],
    ]);
  });

  it('reads air pressure where something uses it, and ignores it otherwise', () => {
    const payload = { ...ACC, pressure: [1013.25, null, 1000], p_time: [12, 13] };
    const used = accepted(decode(payload, WITH_PRESSURE));
    expect(plain(used.message?.blocks)).toMatchObject({
      barometer: { timesMs: [12_000], values: [101_325, 0, 0] },
    });
    expect(used.invalidSamples).toBe(2);
    const { message, ignored } = accepted(decode(payload));
    expect(message?.blocks.map(({ sensor }) => sensor)).toEqual(['accelerometer']);
    expect([...ignored]).toEqual([
      ['pressure', 3],
      ['p_time', 2],
    ]);
  });

  it('goes by the columns of the settings, and only by those', () => {
    const settings: DecodeSettings = {
      ...AUTO,
      phyphoxColumns: [{ sensor: 'linear-acceleration', time: 'acc_time', x: 'accX', y: 'accY', z: 'accZ' }],
    };
    const { message } = accepted(
      decode({ ...ACC, gyrX: [1], gyrY: [1], gyrZ: [1], gyr_time: [1] }, settings),
    );
    expect(message?.blocks.map(({ sensor }) => sensor)).toEqual(['linear-acceleration']);
  });

  it.each([
    [{}],
    [{ time: { events: [START] } }],
    [{ foo: [1], bar: [2] }],
    [{ accX: [1], accY: [1], acc_time: [1] }],
  ])('refuses %j, which has no sensor', (payload) => {
    expect(decode(payload)).toMatchObject({ ok: false, reason: 'wrong-shape' });
  });
});
