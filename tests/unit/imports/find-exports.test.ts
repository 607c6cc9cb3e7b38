import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SensorKind } from '../../../src/domain/sensor.js';
import type { ImportedRecording } from '../../../src/imports/imported-recording.js';
import { type ExportOptions, readExport } from '../../../src/imports/read-export.js';
import {
  EXPORT_START_MS,
  PHYPHOX_TIME,
  phyphoxCsv,
  sensorLoggerAnnotations,
  sensorLoggerCsv,
  sensorLoggerMetadata,
  zipOf,
} from '../../helpers/app-exports.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const NOTHING_SAID: ExportOptions = { platform: undefined, startMs: undefined };

async function readFiles(
  files: Readonly<Record<string, string>>,
  kind: 'zip' | 'folder' = 'zip',
  options: ExportOptions = NOTHING_SAID,
): Promise<ImportedRecording> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, kind === 'zip' ? 'export.zip' : 'export');
  if (kind === 'zip') {
    await writeFile(path, zipOf(files));
  } else {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    }
  }
  return await readExport(path, options);
}

const kindsOf = ({ blocks }: ImportedRecording): SensorKind[] => blocks.map(({ sensor }) => sensor);
const firstOf = ({ blocks }: ImportedRecording, kind: SensorKind): number[] =>
  [...(blocks.find(({ sensor }) => sensor === kind)?.values.subarray(0, 3) ?? [])].map(
    (value) => Math.round(value * 1000) / 1000,
  );

describe('readExport of Sensor Logger', () => {
  const FILES = {
    'Accelerometer.csv': sensorLoggerCsv(50, [0.1, 0.2, 0.3]),
    'TotalAcceleration.csv': sensorLoggerCsv(50, [0.1, 0.2, 10.1]),
    'Gyroscope.csv': sensorLoggerCsv(50, [1, 2, 3]),
    'Magnetometer.csv': sensorLoggerCsv(50, [20, -3, -40]),
    'Barometer.csv': 'time,seconds_elapsed,relativeAltitude,pressure\n1,0,0,1013\n',
  };

  it.each(['zip', 'folder'] as const)('reads a %s of CSV files', async (kind) => {
    const found = await readFiles(
      { ...FILES, 'Metadata.csv': sensorLoggerMetadata('android', 'false') },
      kind,
    );
    expect(found).toMatchObject({ app: 'Sensor Logger', device: 'Anna’s phone', invalidSamples: 0 });
    expect(kindsOf(found)).toEqual(['linear-acceleration', 'gyroscope', 'magnetometer', 'accelerometer']);
    expect(found.blocks.map(({ timesMs }) => [timesMs.length, timesMs[0], timesMs.at(-1)])).toEqual(
      Array.from({ length: 4 }, () => [50, EXPORT_START_MS, EXPORT_START_MS + 980]),
    );
    expect(firstOf(found, 'gyroscope')).toEqual([1, 2, 3]);
    expect(firstOf(found, 'linear-acceleration')).toEqual([0.1, 0.2, 0.3]);
    expect(found.notes.join('\n')).toContain('Barometer');
  });

  it('turns the signs and units of an iPhone, unless they were standardised', async () => {
    const files = {
      'Accelerometer.csv': sensorLoggerCsv(5, [0.1, 0.2, 0.3]),
      'AccelerometerUncalibrated.csv': sensorLoggerCsv(5, [0, 0, -1]),
    };
    const iphone = await readFiles({ ...files, 'Metadata.csv': sensorLoggerMetadata('ios', 'false') });
    expect(firstOf(iphone, 'linear-acceleration')).toEqual([-0.1, -0.2, -0.3]);
    expect(firstOf(iphone, 'accelerometer')[2]).toBe(9.807);
    const standard = await readFiles({ ...files, 'Metadata.csv': sensorLoggerMetadata('ios', 'true') });
    expect(firstOf(standard, 'linear-acceleration')).toEqual([0.1, 0.2, 0.3]);
    const detected = await readFiles(files);
    expect(firstOf(detected, 'accelerometer')[2]).toBe(9.807);
    const asked = await readFiles(files, 'zip', { platform: 'android', startMs: undefined });
    expect(firstOf(asked, 'accelerometer')[2]).toBe(-1);
  });

  it('makes labels of annotations, each until the next', async () => {
    const found = await readFiles({
      ...FILES,
      'Annotation.csv': sensorLoggerAnnotations([
        [0.6, 'Conversation'],
        [0.2, 'accompanied'],
        [0.8, 'not sure'],
        [0.9, 'Making "coffee"'.replaceAll('"', '""')],
      ]),
    });
    expect(
      found.labels.map(({ fromMs, accompanied, conversation, activity }) => [
        fromMs - EXPORT_START_MS,
        accompanied,
        conversation,
        activity,
      ]),
    ).toEqual([
      [200, true, false, null],
      [600, true, true, null],
      [800, null, null, null],
      [900, null, null, 'making "coffee"'],
    ]);
  });

  it('takes more annotations than a call has room for arguments', async () => {
    const annotations = Array.from({ length: 150_000 }, (_, index): [number, string] => [index, 'meeting']);
    const found = await readFiles({ ...FILES, 'Annotation.csv': sensorLoggerAnnotations(annotations) });
    expect(found.labels).toHaveLength(150_000);
  });

  it('reads the JSON export', async () => {
    const time = (index: number): string => `${BigInt(EXPORT_START_MS + index * 20) * 1_000_000n}`;
    const entries = [
      {
        sensor: 'Metadata',
        version: '3',
        'device name': 'Pixel',
        platform: 'android',
        standardisation: 'false',
      },
      ...Array.from({ length: 20 }, (_, index) => {
        return { sensor: 'Gyroscope', time: time(index), seconds_elapsed: '0', z: '3', y: '2', x: '1' };
      }),
      { sensor: 'Annotation', time: time(3), seconds_elapsed: '0.06', text: 'alone' },
      { sensor: 'Battery', time: time(3), batteryLevel: '0.5' },
      { sensor: 'Gyroscope', time: 'never', x: '1', y: '1', z: '1' },
    ];
    const found = await readFiles({ 'recording.json': JSON.stringify(entries) });
    expect(found).toMatchObject({ device: 'Pixel', invalidSamples: 1 });
    expect(firstOf(found, 'gyroscope')).toEqual([1, 2, 3]);
    expect(found.blocks[0]?.timesMs).toHaveLength(20);
    expect(found.labels).toMatchObject([{ accompanied: false, conversation: false }]);
  });

  it('counts what is no number', async () => {
    const csv = `${sensorLoggerCsv(3, [1, 2, 3])}1772359200060000000,0.06,,2,1\nlater,0.08,1,2,1\n`;
    const found = await readFiles({ 'Gyroscope.csv': csv });
    expect(found.invalidSamples).toBe(2);
    expect(found.blocks[0]?.timesMs).toHaveLength(3);
  });

  it('names the file that lacks a column', async () => {
    const files = { ...FILES, 'Gyroscope.csv': 'time,seconds_elapsed,z,y\n1,0,1,1\n' };
    await expect(readFiles(files)).rejects.toThrow(/Gyroscope\.csv: needs the columns time, x, y and z/);
  });
});

describe('readExport of phyphox', () => {
  const FILES = {
    'Accelerometer.csv': phyphoxCsv('Acceleration', 'm/s^2'),
    'Gyroscope.csv': phyphoxCsv('Gyroscope', 'rad/s'),
    'Magnetometer.csv': phyphoxCsv('Magnetic field', 'µT'),
    'Pressure.csv': '"Time (s)","Pressure (hPa)"\n0.0,1013.0\n',
    'meta/device.csv': '"property","value"\n"version","1.2.0"\n"deviceModel","Pixel 6a"\n',
    'meta/time.csv': PHYPHOX_TIME,
  };

  it('reads its tables, ties them to the clock, and puts pauses back where they were', async () => {
    const found = await readFiles(FILES);
    expect(found).toMatchObject({ app: 'phyphox', device: 'Pixel 6a', invalidSamples: 0 });
    expect(kindsOf(found)).toEqual(['accelerometer', 'gyroscope', 'magnetometer']);
    const { timesMs } = found.blocks[0] ?? {};
    expect(timesMs?.[49]).toBeCloseTo(EXPORT_START_MS + 980, 3);
    expect(timesMs?.[50]).toBeCloseTo(EXPORT_START_MS + 31_000, 3);
    expect(found.notes).toEqual(['Pressure.csv left out: no motion sensor']);
  });

  it.each([
    [';', ','],
    ['\t', '.'],
    ['\t', ','],
  ])('reads numbers separated by %j with decimal %j', async (delimiter, decimal) => {
    const csv = phyphoxCsv('Linear Acceleration', 'm/s^2', delimiter, decimal);
    const found = await readFiles({ 'Raw Data.csv': csv, 'meta/time.csv': PHYPHOX_TIME }, 'folder');
    expect(kindsOf(found)).toEqual(['linear-acceleration']);
    expect(found.blocks[0]?.values[3]).toBeCloseTo(0.02, 6);
    expect(found.blocks[0]?.values[5]).toBeCloseTo(9.81, 5);
  });

  it('asks when it was, where nothing in it says so', async () => {
    const { 'meta/time.csv': _, ...files } = FILES;
    await expect(readFiles(files)).rejects.toThrow(/--start/);
    const found = await readFiles(files, 'zip', { platform: undefined, startMs: 5000 });
    expect(found.blocks[0]?.timesMs[0]).toBe(5000);
    await expect(readFiles({ ...files, 'meta/time.csv': '"event","experiment time"\n' })).rejects.toThrow(
      /START/,
    );
  });
});

describe('readExport of anything else', () => {
  it('says what it is not', async () => {
    await expect(readFiles({ 'table.csv': 'a,b\n1,2\n' })).rejects.toThrow(/neither .*table\.csv/);
    await expect(readFiles({ 'data.json': '{"sensor": 1' })).rejects.toThrow(/data\.json is not JSON/);
    await expect(readFiles({ 'data.json': '{"sensor": 1}' })).rejects.toThrow(/array/);
    await expect(readFiles({ 'readme.txt': 'hello' })).rejects.toThrow(/no CSV or JSON/);
  });

  it('says what is wrong with the file', async () => {
    await using folder = await temporaryFolder();
    const broken = join(folder.path, 'broken.zip');
    await writeFile(broken, 'PK but no zip');
    await expect(readExport(broken, NOTHING_SAID)).rejects.toMatchObject({ code: 'RECORDING_INVALID' });
    await expect(readExport(join(folder.path, 'none.zip'), NOTHING_SAID)).rejects.toThrow(
      /none\.zip cannot be read/,
    );
  });
});
