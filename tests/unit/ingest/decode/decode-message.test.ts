import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MESSAGE_REJECT_REASONS } from '../../../../src/domain/ledger.js';
import { MESSAGE_FORMATS, type MessageFormat } from '../../../../src/domain/message.js';
import { decodeMessage } from '../../../../src/ingest/decode/decode.js';
import type { DecodeOutcome } from '../../../../src/ingest/decode/outcome.js';
import { AUTO, deviceId, RECEIVED_AT_MS, rawOf } from './make-raw.js';
import { damagedMessages } from './sensor-logger-messages.js';

const SAMPLE = { timeMs: [1, 2], x: [1, 2], y: [1, 2], z: [1, 2] };
const VECTOR = { x: 1, y: 2, z: 3 };

/** A good message of each format. */
const EXAMPLES: Readonly<Record<MessageFormat, unknown>> = {
  alongside: { session: 's', sequence: 1, sensors: { accelerometer: SAMPLE, gyroscope: SAMPLE } },
  'sensor-logger': {
    messageId: 1,
    sessionId: 's',
    deviceId: 'd',
    payload: [{ name: 'gravity', time: 1, values: VECTOR, accuracy: 3 }],
  },
  'sensor-spot': { type: 'android.sensor.gyroscope', timestamp: 1, values: [1, 2, 3] },
  phyphox: {
    accX: [1, 2],
    accY: [1, 2],
    accZ: [1, 2],
    acc_time: [1, 2],
    time: { now: 1, events: [{ event: 'START', experimentTime: 0, systemTime: 1 }] },
  },
  'device-motion': {
    events: [{ timeMs: 1, acceleration: VECTOR, rotationRate: { alpha: 1, beta: 2, gamma: 3 } }],
  },
  frame: Buffer.from([0xff, 0xd8, 0xff]),
  labels: { atMs: RECEIVED_AT_MS, accompanied: true },
};

const device = deviceId('phone-1');

function expectSound(outcome: DecodeOutcome): void {
  if (!outcome.ok) {
    expect(MESSAGE_REJECT_REASONS).toContain(outcome.reason);
    expect(outcome.detail.length).toBeGreaterThan(0);
    expect(outcome.detail.length).toBeLessThan(300);
    return;
  }
  expect(outcome.invalidSamples).toBeGreaterThanOrEqual(0);
  for (const { timesMs, values } of outcome.message?.blocks ?? []) {
    expect(timesMs.length).toBeGreaterThan(0);
    expect(values.length).toBe(timesMs.length * 3);
    expect([...timesMs, ...values].every(Number.isFinite)).toBe(true);
  }
}

/** Hostile values to be put anywhere. */
const hostile = fc.oneof(
  fc.constantFrom(
    null,
    true,
    '',
    '..',
    '__proto__',
    'constructor',
    [],
    {},
    -1,
    0,
    1e308,
    -1e308,
    2 ** 53,
    4.1e12,
  ),
  fc.constantFrom('NaN', 'Infinity', '1e999', '+/#', 'x'.repeat(10_000), [[[[[]]]]], ['a'], { x: {} }),
  fc.jsonValue({ maxDepth: 4 }),
);

/** A value with one part of it, however deep, replaced, left out or added to. */
function mutated(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return hostile;
  const entries = Object.entries(value);
  const rebuild = (changed: [string, unknown][]) =>
    Array.isArray(value) ? changed.map(([, part]) => part) : Object.fromEntries(changed);
  const added = fc
    .tuple(fc.oneof(fc.constantFrom('__proto__', 'constructor', 'toString'), fc.string()), hostile)
    .map(([key, part]) => rebuild([...entries, [key, part]]));
  const changed = entries.map(([key, part], index) =>
    mutated(part).map((other) => rebuild(entries.with(index, [key, other]))),
  );
  const removed = entries.map((_, index) => fc.constant(rebuild(entries.toSpliced(index, 1))));
  return fc.oneof(hostile, added, ...changed, ...changed, ...removed);
}

const addressees = fc.constantFrom(device, undefined);

describe(decodeMessage, () => {
  it.each(MESSAGE_FORMATS)('decodes a good message of the format %s', (format) => {
    const outcome = decodeMessage(rawOf(format, EXAMPLES[format], { device }), AUTO);
    expect(outcome).toMatchObject({ ok: true, device, invalidSamples: 0 });
    expectSound(outcome);
  });

  it.each(MESSAGE_FORMATS.filter((format) => format !== 'sensor-logger'))(
    'refuses a message of the format %s that no device is known of',
    (format) => {
      const outcome = decodeMessage(rawOf(format, EXAMPLES[format]), AUTO);
      expect(outcome).toMatchObject({ ok: false, reason: 'bad-device' });
    },
  );

  it('refuses a format there is not', () => {
    for (const format of ['csv', '__proto__', 'constructor']) {
      const raw = { ...rawOf('frame', '', { device }), format: format as MessageFormat };
      expect(decodeMessage(raw, AUTO)).toMatchObject({ ok: false, reason: 'unknown-format' });
    }
  });

  describe.each(MESSAGE_FORMATS)('never throws, in the format %s', (format) => {
    it('for arbitrary bytes', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), addressees, (payload, named) => {
          expectSound(decodeMessage(rawOf(format, payload, { device: named }), AUTO));
        }),
        { numRuns: 300 },
      );
    });

    it('for arbitrary JSON', () => {
      fc.assert(
        fc.property(fc.json(), addressees, (payload, named) => {
          expectSound(decodeMessage(rawOf(format, payload, { device: named }), AUTO));
        }),
        { numRuns: 300 },
      );
    });

    it('for good messages with parts replaced', () => {
      fc.assert(
        fc.property(mutated(EXAMPLES[format]), addressees, (payload, named) => {
          expectSound(decodeMessage(rawOf(format, JSON.stringify(payload), { device: named }), AUTO));
        }),
        { numRuns: 1500 },
      );
    });
  });

  it('never throws for damaged Sensor Logger messages, on either platform', () => {
    fc.assert(
      fc.property(damagedMessages, fc.constantFrom('ios', 'android', 'auto'), (text, platform) => {
        expectSound(decodeMessage(rawOf('sensor-logger', text), { platformOf: () => platform }));
      }),
      { numRuns: 1000 },
    );
  });
});
