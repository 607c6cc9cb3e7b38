import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClockKind, SensorMessage } from '../../../../src/domain/samples.js';
import { decodeMessage } from '../../../../src/ingest/decode/decode.js';
import { SIMULATED_SENSORS } from '../../../../src/recordings/simulation/motion.js';
import {
  createPhone,
  createPhoneClock,
  messagesSentIn,
  type PhoneClock,
  type PhoneFaults,
  type PhoneOptions,
  type PhonePublish,
} from '../../../../src/recordings/simulation/phone.js';
import {
  PHONE_APPS,
  PHONE_FORMATS,
  type PhoneFormat,
} from '../../../../src/recordings/simulation/phone-formats.js';
import { deviceId, START_MS } from '../../../helpers/sensor-messages.js';

const DEVICE = deviceId('phone-0001');
const YEAR_MS = 365 * 86_400_000;

function optionsOf(overrides: Partial<PhoneOptions> = {}): PhoneOptions {
  return { device: DEVICE, seed: 1, startMs: START_MS, format: 'alongside', ...overrides };
}

/** What the gateway makes of a payload. */
function decode(format: PhoneFormat, { topic, payload }: PhonePublish): SensorMessage {
  const outcome = decodeMessage(
    {
      format: PHONE_APPS[format].decodedAs,
      topic,
      device: DEVICE,
      payload: Buffer.from(payload),
      receivedAtMs: START_MS,
    },
    { platformOf: () => 'auto' },
  );
  if (!outcome.ok) throw new Error(`${format}: ${outcome.reason}: ${outcome.detail}`);
  if (outcome.message === undefined) throw new Error(`${format}: no samples`);
  expect(outcome.invalidSamples).toBe(0);
  expect([...outcome.ignored.keys()]).toEqual([]);
  return outcome.message;
}

interface Sample {
  readonly sensor: string;
  readonly timeMs: number;
  readonly values: readonly number[];
}

function samplesOf(messages: readonly SensorMessage[]): Sample[] {
  return messages
    .flatMap(({ blocks }) => blocks)
    .flatMap(({ sensor, timesMs, values }) =>
      Array.from(timesMs, (timeMs, index) => {
        return { sensor, timeMs, values: Array.from(values.subarray(index * 3, index * 3 + 3)) };
      }),
    )
    .sort((a, b) => (a.sensor < b.sensor ? -1 : a.sensor > b.sensor ? 1 : a.timeMs - b.timeMs));
}

function expectSameSamples(actual: readonly SensorMessage[], expected: readonly SensorMessage[]): void {
  const [found, wanted] = [samplesOf(actual), samplesOf(expected)];
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((sample, index) => {
    const other = found[index];
    expect(other?.sensor).toBe(sample.sensor);
    expect(Math.abs((other?.timeMs ?? 0) - sample.timeMs)).toBeLessThan(0.001);
    sample.values.forEach((value, axis) => {
      expect(other?.values[axis]).toBeCloseTo(value, 4);
    });
  });
}

describe.each(PHONE_FORMATS)('a phone that sends %s', (format) => {
  it('is understood by the gateway, sample for sample', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(1000), (seed, period) => {
        const phone = createPhone(optionsOf({ format, seed }));
        const { publishes, samples } = phone.sentIn(period);
        const expected = phone.message(period);
        expectSameSamples(
          publishes.map((publish) => decode(format, publish)),
          [expected],
        );
        expect(samples).toBe(samplesOf([expected]).length);
        expect(samples).toBeGreaterThan(130);
      }),
      { numRuns: 10 },
    );
  });

  it('sends the same for the same options, period by period', () => {
    const options = optionsOf({ format });
    const inOrder = createPhone(options);
    const sent = [0, 1, 2, 3].map((period) => inOrder.sentIn(period));
    expect(createPhone(options).sentIn(2)).toEqual(sent[2]);
    expect(createPhone({ ...options, seed: 2 }).sentIn(2)).not.toEqual(sent[2]);
  });

  it('says on which clock its times are', () => {
    const phone = createPhone(optionsOf({ format }));
    const [publish] = phone.sentIn(5).publishes;
    const { clock, clockZeroMs } = phone.message(5);
    expect(publish).toBeDefined();
    if (publish === undefined) return;
    const decoded = decode(format, publish);
    expect(decoded.clock).toBe(clock);
    if (clockZeroMs !== undefined) expect(decoded.clockZeroMs).toBeCloseTo(clockZeroMs, 1);
  });
});

describe('a phone that sends sensor-logger', () => {
  it('writes axes backwards, epoch nanoseconds and, on Android, an accuracy', () => {
    const payloadOf = (platform: 'android' | 'ios'): string =>
      String(createPhone(optionsOf({ format: 'sensor-logger', platform })).sentIn(0).publishes[0]?.payload);
    expect(payloadOf('android')).toMatch(
      /^\{"messageId":0,"sessionId":"[^"]+","deviceId":"phone-0001","payload":\[\{"name":"[a-z]+","time":\d{19},"values":\{"z":[^,]+,"y":[^,]+,"x":[^}]+\},"accuracy":3\}/,
    );
    expect(payloadOf('ios')).not.toContain('accuracy');
  });

  it('has the opposite signs and g of an iPhone', () => {
    const options = optionsOf({ format: 'sensor-logger', platform: 'ios', sensors: SIMULATED_SENSORS });
    const phone = createPhone(options);
    const decoded = phone.sentIn(0).publishes.map((publish) => decode('sensor-logger', publish));
    expectSameSamples(decoded, [phone.message(0)]);
  });
});

describe('the faults of a phone', () => {
  const timesOf = (message: SensorMessage): number[] => samplesOf([message]).map(({ timeMs }) => timeMs);

  it('shift its clock, nothing else', () => {
    const honest = createPhone(optionsOf({ faults: { clockAheadMs: 0 } })).message(3);
    const ahead = createPhone(optionsOf({ faults: { clockAheadMs: YEAR_MS } })).message(3);
    expect(timesOf(ahead)).toEqual(timesOf(honest).map((timeMs) => timeMs + YEAR_MS));
    expect(samplesOf([ahead]).map(({ values }) => values)).toEqual(
      samplesOf([honest]).map(({ values }) => values),
    );
  });

  it('restart its clock and its numbers', () => {
    const phone = createPhone(optionsOf({ faults: { restartsEveryMessages: 10 } }));
    const [before, after] = [phone.message(9), phone.message(10)];
    expect(before.clock).toBe('boot');
    expect(after.sequence).toBe(0);
    expect(after.session).not.toBe(before.session);
    expect(Math.max(...timesOf(after))).toBeLessThan(60_000);
    expect(phone.message(11).sequence).toBe(1);
    expect(phone.message(11).session).toBe(after.session);
  });

  it('make it send a hundred times as much', () => {
    const honest = createPhone(optionsOf()).sentIn(1);
    const fast = createPhone(optionsOf({ faults: { speedFactor: 100 } })).sentIn(1);
    expect(fast.publishes).toHaveLength(100);
    expect(fast.samples / honest.samples).toBeCloseTo(100, 0);
  });
});

describe('the truth of a phone', () => {
  it('is that of its wearer at any time', () => {
    const phone = createPhone(optionsOf());
    for (const { fromMs, toMs, value } of phone.truth('conversation', START_MS, START_MS + 600_000)) {
      expect(phone.truthAt('conversation', fromMs)).toBe(value);
      expect(phone.truthAt('conversation', toMs - 1)).toBe(value);
    }
  });
});

function clockOf(kind: ClockKind, faults: PhoneFaults = {}): PhoneClock {
  return createPhoneClock({ seed: 1, kind, beginMs: START_MS, coveredMs: 1000, faults });
}

describe('createPhoneClock', () => {
  it('is right within a few hundredths of a second unless told otherwise', () => {
    expect(Math.abs(clockOf('epoch').originMs(0))).toBeLessThanOrEqual(25);
    expect(clockOf('epoch', { clockAheadMs: 5000 }).originMs(3)).toBe(-5000);
    expect(clockOf('epoch').zeroMs).toBeUndefined();
  });

  it('counts from the start of an experiment and says when that was by its own clock', () => {
    const clock = clockOf('experiment', { clockAheadMs: 5000 });
    expect(clock.originMs(7)).toBe(START_MS);
    expect(clock.zeroMs).toBe(START_MS + 5000);
  });

  it('counts from boot without saying when that was', () => {
    const clock = clockOf('boot');
    expect(clock.zeroMs).toBeUndefined();
    expect(clock.originMs(0)).toBeLessThan(START_MS);
    expect(clock.originMs(1_000_000)).toBe(clock.originMs(0));
    expect(clock.run(1_000_000)).toBe(0);
  });

  it('begins again with every restart, whatever its app counts from', () => {
    const clock = clockOf('epoch', { restartsEveryMessages: 5 });
    expect(clock.kind).toBe('boot');
    expect([4, 5, 9, 10].map((message) => [clock.run(message), clock.sequence(message)])).toEqual([
      [0, 4],
      [1, 0],
      [1, 4],
      [2, 0],
    ]);
    expect(clock.originMs(5)).toBe(START_MS + 5000 - 20_000);
    expect(clock.originMs(9)).toBe(clock.originMs(5));
  });
});

function sentIn(periods: number, faults: PhoneFaults): number[] {
  return Array.from({ length: periods }, (_, period) => messagesSentIn(period, faults)).flat();
}

describe('messagesSentIn', () => {
  it('sends one message a period without faults', () => {
    expect(sentIn(4, {})).toEqual([0, 1, 2, 3]);
  });

  it('repeats every message', () => {
    expect(sentIn(2, { repeatsMessages: true })).toEqual([0, 0, 1, 1]);
  });

  it('holds a group back and sends it last first', () => {
    expect(sentIn(7, { reversesMessages: 3 })).toEqual([2, 1, 0, 5, 4, 3]);
  });

  it('makes as many messages a period as it is too fast', () => {
    expect(sentIn(2, { speedFactor: 3 })).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('loses the messages of a drop-out', () => {
    expect(sentIn(10, { dropsOut: { sends: 2, silent: 3 } })).toEqual([0, 1, 5, 6]);
  });
});
