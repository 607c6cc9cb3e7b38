import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAlongside } from '../../../../src/ingest/decode/alongside.js';
import { type CborValue, writeCbor } from '../../../../src/shared/cbor.js';
import { accepted, addressed, plain, RECEIVED_AT_MS, WITH_PRESSURE } from './make-raw.js';

const decode = (payload: unknown) => decodeAlongside(addressed('alongside', payload));
const decodeSensors = (sensors: unknown) => decode({ sensors });

const ONE = { timeMs: [1000], x: [1], y: [2], z: [-3] };

describe(decodeAlongside, () => {
  it('decodes the message of its documentation', () => {
    const { message, ignored, invalidSamples, device } = accepted(
      decode({
        session: 'walk-1',
        sequence: 12,
        clock: 'epoch',
        sensors: {
          accelerometer: {
            unit: 'm/s2',
            gravity: true,
            timeMs: [1698501144401.773],
            x: [0.1],
            y: [0.2],
            z: [9.8],
          },
          gyroscope: { unit: 'rad/s', timeMs: [], x: [], y: [], z: [] },
        },
      }),
    );
    expect(device).toBe('phone-1');
    expect(message).toMatchObject({
      device: 'phone-1',
      receivedAtMs: RECEIVED_AT_MS,
      clock: 'epoch',
      clockZeroMs: undefined,
      session: 'walk-1',
      sequence: 12,
    });
    expect(plain(message?.blocks)).toEqual({
      accelerometer: { timesMs: [1698501144401.773], values: [0.1, 0.2, 9.8] },
    });
    expect([ignored.size, invalidSamples]).toEqual([0, 0]);
  });

  it('reads CBOR as it reads JSON, and refuses the same', () => {
    const columns = { timeMs: Float64Array.of(1000.25), x: Float32Array.of(1), y: Float32Array.of(2) };
    const gyroscope = { unit: 'deg/s', ...columns, z: Float32Array.of(-3) };
    const read = (sensors: CborValue) =>
      decodeAlongside(addressed('alongside', writeCbor({ sequence: 7, clock: 'boot', sensors })));
    const { message, ignored } = accepted(read({ gyroscope, light: { timeMs: Float64Array.of(1, 2) } }));
    expect(message).toMatchObject({ clock: 'boot', sequence: 7 });
    expect(message?.blocks[0]?.timesMs).toEqual(Float64Array.of(1000.25));
    expect(message?.blocks[0]?.values[1]).toBeCloseTo((2 * Math.PI) / 180, 6);
    expect([...ignored]).toEqual([['light', 2]]);
    for (const sensors of [{ gyroscope: columns }, { gyroscope: columns.x }, columns.x, 'text', {}])
      expect(read(sensors)).toMatchObject({ ok: false, reason: 'wrong-shape' });
  });

  describe('air pressure', () => {
    const decodeWithPressure = (barometer: unknown) =>
      decodeAlongside(addressed('alongside', { sensors: { barometer } }), WITH_PRESSURE);

    it.each([
      [{ timeMs: [1000], x: [101_325] }],
      [{ unit: 'Pa', timeMs: [1000], x: [101_325], y: [0], z: [0] }],
      [{ unit: 'hPa', timeMs: [1000], x: [1013.25] }],
    ])('is read from %j', (barometer) => {
      expect(plain(accepted(decodeWithPressure(barometer)).message?.blocks)).toEqual({
        barometer: { timesMs: [1000], values: [101_325, 0, 0] },
      });
    });

    it.each([
      [{ timeMs: [1000], x: [] }, 'barometer needs timeMs and x: two arrays of the same length'],
      [{ timeMs: [1000] }, 'barometer needs timeMs and x: two arrays of the same length'],
      [{ unit: 'bar', timeMs: [1000], x: [1] }, 'barometer cannot have the unit given'],
    ])('is refused as %j', (barometer, detail) => {
      expect(decodeWithPressure(barometer)).toEqual({ ok: false, reason: 'wrong-shape', detail });
    });

    it('is ignored where nothing uses it', () => {
      const { message, ignored } = accepted(decodeSensors({ barometer: { timeMs: [1, 2], x: [1, 2] } }));
      expect(message?.blocks).toEqual([]);
      expect([...ignored]).toEqual([['barometer', 2]]);
    });
  });

  it.each([
    [{ sesion: 'a', sensors: { gyroscope: ONE } }, 'there is no sesion; did you mean session?'],
    [
      { sensors: { gyroscope: { ...ONE, units: 'deg/s' } } },
      'gyroscope: there is no units; did you mean unit?',
    ],
    [
      { sensors: { accelerometer: { ...ONE, gravtiy: false } } },
      'accelerometer: there is no gravtiy; did you mean gravity?',
    ],
  ])('refuses %j, which would be taken for something else', (message, detail) => {
    expect(decode(message)).toEqual({ ok: false, reason: 'wrong-shape', detail });
  });

  it('leaves senders members of their own', () => {
    const message = { version: 2, battery: 0.8, sensors: { gyroscope: { ...ONE, w: [1], accuracy: [3] } } };
    expect(decode(message)).toMatchObject({ ok: true, invalidSamples: 0 });
  });

  it('says so where epoch times are in another unit', () => {
    const message = { sensors: { gyroscope: { ...ONE, timeMs: [1_698_501_144] } } };
    expect(decode(message)).toMatchObject({
      ok: false,
      reason: 'wrong-shape',
      detail: expect.stringContaining('timeMs looks like epoch seconds'),
    });
    expect(decode({ ...message, clock: 'boot' })).toMatchObject({ ok: true });
  });

  it.each([
    ['accelerometer', { ...ONE }, 'accelerometer', [1, 2, -3]],
    ['accelerometer', { ...ONE, unit: 'g' }, 'accelerometer', [9.80665, 19.6133, -29.41995]],
    ['accelerometer', { ...ONE, unit: 'adc' }, 'accelerometer-raw', [1, 2, -3]],
    ['accelerometer', { ...ONE, gravity: false }, 'linear-acceleration', [1, 2, -3]],
    [
      'accelerometer',
      { ...ONE, gravity: false, unit: 'g' },
      'linear-acceleration',
      [9.80665, 19.6133, -29.41995],
    ],
    ['linear-acceleration', { ...ONE }, 'linear-acceleration', [1, 2, -3]],
    ['accelerometer-raw', { ...ONE }, 'accelerometer-raw', [1, 2, -3]],
    ['gravity', { ...ONE }, 'gravity', [1, 2, -3]],
    ['gyroscope', { ...ONE, unit: 'deg/s' }, 'gyroscope', [0.01745, 0.03491, -0.05236]],
    ['magnetometer', { ...ONE, unit: 'uT' }, 'magnetometer', [1, 2, -3]],
  ])('makes of %s %j a block of %s', (name, columns, kind, values) => {
    const { message } = accepted(decodeSensors({ [name]: columns }));
    expect(plain(message?.blocks)).toEqual({ [kind]: { timesMs: [1000], values } });
  });

  it('says which clock the times are on', () => {
    const { message } = accepted(
      decode({ clock: 'experiment', clockZeroMs: 5000, sensors: { gyroscope: ONE } }),
    );
    expect(message).toMatchObject({ clock: 'experiment', clockZeroMs: 5000 });
  });

  it('counts samples that are no numbers and keeps the others', () => {
    const { message, invalidSamples } = accepted(
      decodeSensors({
        gyroscope: {
          timeMs: [1, 2, null, 4, '5'],
          x: [1, null, 1, 'x', '0.5'],
          y: [1, 1, 1, 1, 1],
          z: [1, 1, 1, 1, 1],
        },
      }),
    );
    expect(plain(message?.blocks)).toEqual({ gyroscope: { timesMs: [1, 5], values: [1, 1, 1, 0.5, 1, 1] } });
    expect(invalidSamples).toBe(3);
  });

  it('ignores and counts sensors it does not know', () => {
    const { ignored, message } = accepted(
      decode('{"sensors":{"light":{"timeMs":[1,2],"lux":[3,4]},"__proto__":{"timeMs":[1]},"constructor":7}}'),
    );
    expect([...ignored]).toEqual([
      ['light', 2],
      ['__proto__', 1],
      ['constructor', 1],
    ]);
    expect(message?.blocks).toEqual([]);
  });

  it('keeps the name of a session up to 128 characters', () => {
    const sessionOf = (session: string) =>
      accepted(decode({ session, sensors: { gyroscope: ONE } })).message?.session;
    expect(sessionOf('s'.repeat(128))).toBe('s'.repeat(128));
    expect(sessionOf('s'.repeat(129))).toBeUndefined();
  });

  it('leaves out a session or sequence that is none', () => {
    const { message } = accepted(decode({ session: 7, sequence: -1, sensors: { gyroscope: ONE } }));
    expect(message).toMatchObject({ session: undefined, sequence: undefined });
  });

  it.each([
    ['no sensors', {}],
    ['sensors that are no object', { sensors: [ONE] }],
    ['no samples at all', { sensors: {} }],
    ['empty arrays only', { sensors: { gyroscope: { timeMs: [], x: [], y: [], z: [] } } }],
    [
      'arrays of unequal length',
      { sensors: { gyroscope: { timeMs: [1, 2], x: [1], y: [1, 2], z: [1, 2] } } },
    ],
    ['a missing axis', { sensors: { gyroscope: { timeMs: [1], x: [1], y: [1] } } }],
    ['a scalar for an axis', { sensors: { gyroscope: { timeMs: [1], x: 1, y: [1], z: [1] } } }],
    ['a sensor that is null', { sensors: { gyroscope: null } }],
    ['an unknown unit', { sensors: { gyroscope: { ...ONE, unit: 'rpm' } } }],
    ['a unit of another sensor', { sensors: { gyroscope: { ...ONE, unit: 'g' } } }],
    ['a prototype key as unit', { sensors: { gyroscope: { ...ONE, unit: 'constructor' } } }],
    ['an unknown clock', { clock: 'wall', sensors: { gyroscope: ONE } }],
    [
      'two sensors of one kind',
      { sensors: { accelerometer: { ...ONE, gravity: false }, 'linear-acceleration': ONE } },
    ],
  ])('refuses %s', (_what, payload) => {
    expect(decode(payload)).toMatchObject({ ok: false, reason: 'wrong-shape' });
  });

  it('accounts for every sample: each is kept or invalid', () => {
    const cell = fc.oneof(fc.double(), fc.constant(null), fc.string(), fc.double({ min: 1e8, max: 1e40 }));
    const columns = fc.array(fc.tuple(cell, cell, cell, cell), { minLength: 1 }).map((rows) => ({
      timeMs: rows.map(([timeMs]) => timeMs),
      x: rows.map(([, x]) => x),
      y: rows.map(([, , y]) => y),
      z: rows.map(([, , , z]) => z),
    }));
    fc.assert(
      fc.property(columns, (gyroscope) => {
        const { message, invalidSamples } = accepted(decodeSensors({ gyroscope }));
        const block = message?.blocks[0];
        expect((block?.timesMs.length ?? 0) + invalidSamples).toBe(gyroscope.timeMs.length);
        expect([...(block?.timesMs ?? []), ...(block?.values ?? [])].every(Number.isFinite)).toBe(true);
      }),
    );
  });
});
