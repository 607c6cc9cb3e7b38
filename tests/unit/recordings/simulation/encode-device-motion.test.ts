import { describe, expect, it } from 'vitest';
import { encodeDeviceMotion } from '../../../../src/recordings/simulation/phone-formats.js';
import { messageOf } from '../../../helpers/sensor-messages.js';

const TIMES = Float64Array.of(1698501144401.8);
const MESSAGE = messageOf({
  session: 's',
  sequence: 3,
  blocks: [
    { sensor: 'accelerometer', timesMs: TIMES, values: Float32Array.of(1, 2, 10) },
    { sensor: 'gyroscope', timesMs: TIMES, values: Float32Array.of(Math.PI, 0, -Math.PI / 2) },
  ],
});

describe('encodeDeviceMotion', () => {
  it('writes degrees a second with alpha about x, and null for a sensor that is not there', () => {
    const { events, ...rest } = JSON.parse(encodeDeviceMotion(MESSAGE, 'android'));
    expect(rest).toEqual({ session: 's', sequence: 3, platform: 'android' });
    expect(events).toHaveLength(1);
    expect(events[0].timeMs).toBe(1698501144401.8);
    expect(events[0].acceleration).toEqual({ x: null, y: null, z: null });
    expect(events[0].accelerationIncludingGravity).toEqual({ x: 1, y: 2, z: 10 });
    expect(events[0].rotationRate.alpha).toBeCloseTo(180, 4);
    expect(events[0].rotationRate.beta).toBe(0);
    expect(events[0].rotationRate.gamma).toBeCloseTo(-90, 4);
  });

  it('turns accelerations round for Safari', () => {
    const [event] = JSON.parse(encodeDeviceMotion(MESSAGE, 'ios')).events;
    expect(event.accelerationIncludingGravity).toEqual({ x: -1, y: -2, z: -10 });
    expect(event.rotationRate.alpha).toBeCloseTo(180, 4);
  });
});
