import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SampleBlock, SENSOR_KINDS } from '../../../src/domain/samples.js';
import { decodeAlongside } from '../../../src/ingest/decode/alongside.js';
import {
  encodeAlongside,
  encodeAlongsideCbor,
  encodeSensorLogger,
} from '../../../src/recordings/encode-messages.js';
import { messageOf } from '../../helpers/sensor-messages.js';
import { accepted, addressed } from '../ingest/decode/make-raw.js';

const sample = fc.record({
  timeMs: fc.double({ min: 0, max: 4e12, noNaN: true }),
  values: fc.tuple(...Array.from({ length: 3 }, () => fc.float({ min: -1e6, max: 1e6, noNaN: true }))),
});
const block = fc.tuple(fc.constantFrom(...SENSOR_KINDS), fc.array(sample, { minLength: 1 })).map(
  ([sensor, samples]): SampleBlock => ({
    sensor,
    timesMs: Float64Array.from(samples, ({ timeMs }) => timeMs),
    values: Float32Array.from(samples.flatMap(({ values }) => values)),
  }),
);
const blocks = fc.uniqueArray(block, { minLength: 1, selector: ({ sensor }) => sensor });

describe.each([encodeAlongside, encodeAlongsideCbor])('%o', (encode) => {
  it('writes what decodes to the same times and the same 32-bit values', () => {
    fc.assert(
      fc.property(
        blocks,
        fc.constantFrom('epoch', 'boot', 'experiment'),
        fc.option(fc.nat(), { nil: undefined }),
        (sent, clock, sequence) => {
          const payload = encode({ blocks: sent, clock, sequence, session: 's' });
          const { message } = accepted(
            decodeAlongside(addressed('alongside', payload), { isPressureUsed: true }),
          );
          expect(message).toMatchObject({ clock, sequence, session: 's' });
          expect(message?.blocks.map(({ sensor, timesMs }) => [sensor, ...timesMs])).toEqual(
            sent.map(({ sensor, timesMs }) => [sensor, ...timesMs.map((timeMs) => timeMs + 0)]),
          );
          expect(message?.blocks.map(({ values }) => [...values.map((value) => value + 0)])).toEqual(
            sent.map(({ values }) => [...values.map((value) => value + 0)]),
          );
        },
      ),
    );
  });
});

describe(encodeAlongside, () => {
  it('writes no more digits than a 32-bit float needs, and leaves out what is the default', () => {
    const gyroscope = {
      sensor: 'gyroscope',
      timesMs: Float64Array.of(1698501144401.5),
      values: Float32Array.of(0.1, -41.23, 1e-7),
    } as const;
    expect(encodeAlongside({ blocks: [gyroscope], clock: 'epoch' })).toBe(
      '{"sensors":{"gyroscope":{"timeMs":[1698501144401.5],"x":[0.1],"y":[-41.23],"z":[1e-7]}}}',
    );
  });
});

const MESSAGE = messageOf({
  session: 'run',
  sequence: 4,
  blocks: [
    {
      sensor: 'linear-acceleration',
      timesMs: Float64Array.of(1698501144401.773, 1698501144421.773),
      values: Float32Array.of(1, 2, 3, 4, 5, 6),
    },
    { sensor: 'gyroscope', timesMs: Float64Array.of(1698501144410), values: Float32Array.of(0.5, 0, -0.5) },
  ],
});

describe('encodeSensorLogger', () => {
  it('writes what an Android phone sends, in order of time, to the letter', () => {
    expect(encodeSensorLogger(MESSAGE, 'android')).toBe(
      '{"messageId":4,"sessionId":"run","deviceId":"phone","payload":[' +
        '{"name":"accelerometer","time":1698501144401773000,"values":{"z":3,"y":2,"x":1},"accuracy":3},' +
        '{"name":"gyroscope","time":1698501144410000000,"values":{"z":-0.5,"y":0,"x":0.5},"accuracy":3},' +
        '{"name":"accelerometer","time":1698501144421773000,"values":{"z":6,"y":5,"x":4},"accuracy":3}]}',
    );
  });

  it('turns accelerations round for an iPhone and leaves the accuracy out', () => {
    const { payload } = JSON.parse(encodeSensorLogger(MESSAGE, 'ios'));
    expect(payload[0]).toEqual({
      name: 'accelerometer',
      time: 1698501144401773000,
      values: { z: -3, y: -2, x: -1 },
    });
    expect(payload[1].values).toEqual({ z: -0.5, y: 0, x: 0.5 });
  });
});
