import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SensorLoggerContent } from '../../../../src/ingest/decode/sensor-logger-content.js';
import { readSensorLogger } from '../../../../src/ingest/decode/sensor-logger-json.js';
import { plain } from './make-raw.js';

const read = (payload: unknown) => readSensorLogger(Buffer.from(JSON.stringify(payload)));

function contentOf(payload: unknown): SensorLoggerContent {
  const content = read(payload);
  if ('ok' in content) throw new Error(content.detail);
  return content;
}

const readings = (...payload: unknown[]) => ({ messageId: 1, sessionId: 's', deviceId: 'd', payload });
const GYROSCOPE = { name: 'gyroscope', time: 1_698_501_144_401_773_000, values: { z: 3, y: 2, x: 1 } };
const EXPECTED = { gyroscope: { timesMs: [1_698_501_144_401.773], values: [1, 2, 3] } };
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]).toString('base64');

describe(readSensorLogger, () => {
  it('reads envelope and samples', () => {
    const content = contentOf(readings(GYROSCOPE));
    expect(content).toMatchObject({
      deviceId: 'd',
      session: 's',
      sequence: 1,
      hasAccuracy: false,
      isTest: false,
    });
    expect(plain(content.build('android'))).toEqual(EXPECTED);
  });

  it.each([
    [
      'time and values as strings',
      { ...GYROSCOPE, time: '1698501144401773000', values: { z: '3', y: '2', x: '1.0' } },
    ],
    ['sensor in place of name', { sensor: 'gyroscope', time: GYROSCOPE.time, values: GYROSCOPE.values }],
    ['names as in the exported files', { ...GYROSCOPE, name: 'Gyroscope' }],
    [
      'values beside the name',
      { sensor: 'Gyroscope', time: GYROSCOPE.time, seconds_elapsed: '0.1', x: 1, y: 2, z: 3 },
    ],
  ])('takes %s', (_what, entry) => {
    expect(plain(contentOf(readings(entry)).build('android'))).toEqual(EXPECTED);
  });

  it('takes a compressed payload', () => {
    const compressedData = gzipSync(JSON.stringify([GYROSCOPE, GYROSCOPE])).toString('base64');
    const content = contentOf({ deviceId: 'd', compressedData });
    expect(content.build('android')[0]?.timesMs.length).toBe(2);
  });

  it('does not inflate more than it must', () => {
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024)).toString('base64');
    expect(read({ compressedData: bomb })).toMatchObject({ ok: false, reason: 'too-large' });
  });

  it.each([
    ['no gzip', 'aGVsbG8=', 'wrong-shape'],
    ['no base64', '@@@', 'wrong-shape'],
    ['a gzip cut short', gzipSync('[]').subarray(0, 12).toString('base64'), 'wrong-shape'],
    ['an object', gzipSync('{}').toString('base64'), 'wrong-shape'],
    ['nothing', gzipSync('[]').toString('base64'), 'wrong-shape'],
    ['text', gzipSync('hello').toString('base64'), 'not-json'],
  ])('refuses compressed data that is %s', (_what, compressedData, reason) => {
    expect(read({ compressedData })).toMatchObject({ ok: false, reason });
  });

  it.each([
    [
      'inside values',
      { name: 'camera', time: 1_698_501_144_401_773_000, values: { image: JPEG, imageFormat: 'jpg' } },
    ],
    ['beside them', { name: 'camera', time: 1_698_501_144_401_773_000, image: JPEG, imageFormat: 'jpg' }],
    [
      'as a data URL',
      {
        name: 'camera',
        time: 1_698_501_144_401_773_000,
        image: `data:image/jpeg;base64,${JPEG}`,
        values: {},
      },
    ],
  ])('takes a picture %s', (_what, entry) => {
    const [frame] = contentOf(readings(entry)).frames;
    expect(frame?.timeMs).toBe(1_698_501_144_401.773);
    expect(Buffer.from(frame?.image ?? []).toString('base64')).toBe(JPEG);
  });

  it.each([[{ image: 'aGVsbG8=' }], [{ image: 7 }], [{}]])('counts a picture that is none: %j', (values) => {
    const content = contentOf(readings({ name: 'camera', time: 1, values }));
    expect([content.frames.length, content.ignored.counts.get('camera')]).toEqual([0, 1]);
  });

  it("knows the app's test message", () => {
    expect(contentOf(readings({ name: 'test', time: 1 })).isTest).toBe(true);
    expect(contentOf(readings({ name: 'test', time: 1 }, GYROSCOPE)).isTest).toBe(false);
  });

  it('ignores and counts other sensors', () => {
    const { ignored } = contentOf(
      readings(
        { name: 'location', time: 1, values: { latitude: 0 } },
        { name: 'wrist motion', time: 1, values: {} },
        { name: 'location', time: 2 },
        { name: '__proto__', time: 2 },
      ),
    );
    expect([...ignored.counts]).toEqual([
      ['location', 2],
      ['wrist motion', 1],
      ['__proto__', 1],
    ]);
  });

  it('sees accuracy, which proves Android, on motion sensors', () => {
    expect(contentOf(readings({ ...GYROSCOPE, accuracy: 3 })).hasAccuracy).toBe(true);
    expect(contentOf(readings({ ...GYROSCOPE, accuracy: null })).hasAccuracy).toBe(false);
    expect(contentOf(readings({ name: 'location', accuracy: 3 })).hasAccuracy).toBe(false);
  });

  it.each([
    [null],
    [7],
    [[]],
    [{}],
    [{ name: 7, time: 1 }],
    [{ ...GYROSCOPE, time: null }],
    [{ ...GYROSCOPE, time: 'yesterday' }],
    [{ ...GYROSCOPE, values: { x: 1, y: 2 } }],
    [{ ...GYROSCOPE, values: { x: 1, y: 2, z: 'NaN' } }],
    [{ ...GYROSCOPE, values: null }],
    [{ ...GYROSCOPE, values: [1, 2, 3] }],
  ])('counts %j as an invalid sample', (entry) => {
    const content = contentOf(readings(entry, GYROSCOPE));
    expect(content.invalidSamples).toBe(1);
    expect(plain(content.build('android'))).toEqual(EXPECTED);
  });

  it.each([[{}], [{ payload: {} }], [{ payload: [] }], [{ payload: 'x' }], [[]], ['x'], [null]])(
    'refuses %j',
    (payload) => {
      expect(read(payload)).toMatchObject({ ok: false, reason: 'wrong-shape' });
    },
  );
});
