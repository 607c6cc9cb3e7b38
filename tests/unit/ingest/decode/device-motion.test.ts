import { describe, expect, it } from 'vitest';
import { decodeDeviceMotion } from '../../../../src/ingest/decode/device-motion.js';
import { AUTO, accepted, addressed, plain } from './make-raw.js';

const decode = (payload: unknown, settings = AUTO) =>
  decodeDeviceMotion(addressed('device-motion', payload), settings);

const DEGREE = Math.PI / 180;
const EVENT = {
  timeMs: 1_698_501_144_401.5,
  acceleration: { x: 0.5, y: -0.25, z: 1 },
  accelerationIncludingGravity: { x: 0.5, y: 0, z: 9.75 },
  rotationRate: { alpha: 90, beta: 180, gamma: -45 },
  interval: 16,
};

const rounded = (...values: number[]) => values.map((value) => Math.round(value * 1e5) / 1e5);

describe(decodeDeviceMotion, () => {
  it('says so where epoch times are in another unit', () => {
    const event = { timeMs: 1_698_501_144_401_773, acceleration: { x: 1, y: 2, z: 3 } };
    expect(decodeDeviceMotion(addressed('device-motion', event), AUTO)).toMatchObject({
      ok: false,
      reason: 'wrong-shape',
      detail: expect.stringContaining('timeMs looks like epoch microseconds'),
    });
  });

  it('decodes events: alpha is about x, beta about y, gamma about z, in degrees a second', () => {
    const { message, platform, invalidSamples } = accepted(
      decode({ session: 's', sequence: 3, events: [EVENT] }),
    );
    expect(message).toMatchObject({ clock: 'epoch', clockZeroMs: undefined, session: 's', sequence: 3 });
    expect(plain(message?.blocks)).toEqual({
      'linear-acceleration': { timesMs: [EVENT.timeMs], values: [0.5, -0.25, 1] },
      accelerometer: { timesMs: [EVENT.timeMs], values: [0.5, 0, 9.75] },
      gyroscope: { timesMs: [EVENT.timeMs], values: rounded(90 * DEGREE, 180 * DEGREE, -45 * DEGREE) },
    });
    expect([platform?.info, invalidSamples]).toEqual([{ name: 'android', from: 'assumed' }, 0]);
  });

  it('turns the accelerations of an iPhone, and not its rotation', () => {
    const { message, platform } = accepted(decode(EVENT, { platformOf: () => 'ios' }));
    expect(plain(message?.blocks)).toMatchObject({
      'linear-acceleration': { values: [-0.5, 0.25, -1] },
      accelerometer: { values: [-0.5, -0, -9.75] },
      gyroscope: { values: rounded(90 * DEGREE, 180 * DEGREE, -45 * DEGREE) },
    });
    expect(platform?.info).toEqual({ name: 'ios', from: 'declared' });
  });

  it('believes the page that says which phone it runs on, unless the settings say otherwise', () => {
    const payload = { platform: 'ios', events: [EVENT] };
    expect(accepted(decode(payload)).platform?.info).toEqual({ name: 'ios', from: 'declared' });
    expect(accepted(decode(payload, { platformOf: () => 'android' })).platform?.info.name).toBe('android');
    expect(accepted(decode({ ...payload, platform: 'palm' })).platform?.info.from).toBe('assumed');
  });

  it("maps the page's own clock where the message says when it began", () => {
    const events = [{ timeStamp: 5250.5, rotationRate: { alpha: 0, beta: 0, gamma: 0 } }];
    const { message } = accepted(decode({ timeOriginMs: 1_698_501_000_000, events }));
    expect(message).toMatchObject({ clock: 'experiment', clockZeroMs: 1_698_501_000_000 });
    expect(plain(message?.blocks)['gyroscope']?.timesMs).toEqual([5250.5]);
    expect(accepted(decode({ events })).message?.clockZeroMs).toBeUndefined();
  });

  it('takes a sensor that is null for absent', () => {
    const { message, invalidSamples } = accepted(
      decode({ ...EVENT, acceleration: null, rotationRate: { alpha: null, beta: null, gamma: null } }),
    );
    expect(message?.blocks.map(({ sensor }) => sensor)).toEqual(['accelerometer']);
    expect(invalidSamples).toBe(0);
  });

  it.each([
    [{ ...EVENT, timeMs: 'now' }, 3],
    [{ ...EVENT, acceleration: { x: 1, y: null, z: 1 } }, 1],
    [{ ...EVENT, acceleration: [1, 2, 3] }, 1],
    [{ ...EVENT, rotationRate: { alpha: 'x', beta: 0, gamma: 0 } }, 1],
    [{ events: [EVENT, null, 7] }, 2],
  ])('counts what is invalid in %j', (payload, invalid) => {
    expect(accepted(decode(payload)).invalidSamples).toBe(invalid);
  });

  it('refuses a misspelt platform, by which signs are told', () => {
    expect(decode({ platfrom: 'ios', events: [EVENT] })).toMatchObject({
      ok: false,
      detail: 'there is no platfrom; did you mean platform?',
    });
  });

  it.each([[{}], [{ events: [] }], [{ events: {} }], [{ acceleration: EVENT.acceleration }]])(
    'refuses %j',
    (payload) => {
      expect(decode(payload)).toMatchObject({ ok: false, reason: 'wrong-shape' });
    },
  );
});
