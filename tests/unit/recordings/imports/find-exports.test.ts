import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SensorKind } from '../../../../src/domain/samples.js';
import { findExports, readExport } from '../../../../src/recordings/imports/find-exports.js';
import type {
  ExportOptions,
  ImportedRecording,
} from '../../../../src/recordings/imports/imported-recording.js';
import {
  EXPORT_START_MS,
  PHYPHOX_TIME,
  phyphoxCsv,
  sensorLoggerAnnotations,
  sensorLoggerCsv,
  sensorLoggerMetadata,
  zipOf,
} from '../../../helpers/app-exports.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const NOTHING_SAID: ExportOptions = { platform: undefined, startMs: undefined };

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Everything that files hold, by the name of the export. */
async function readAll(
  files: Files,
  kind: 'zip' | 'folder' = 'zip',
  options: ExportOptions = NOTHING_SAID,
): Promise<Record<string, ImportedRecording>> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, kind === 'zip' ? 'export.zip' : 'export');
  if (kind === 'zip') {
    await writeFile(path, zipOf(files));
  } else {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), content);
    }
  }
  return await readPath(path, options);
}

async function readPath(path: string, options = NOTHING_SAID): Promise<Record<string, ImportedRecording>> {
  const { exports } = await findExports(path);
  const read: Record<string, ImportedRecording> = {};
  for (const found of exports) {
    const name = Object.hasOwn(read, found.name) ? `${found.name} of ${found.app}` : found.name;
    read[name] = await readExport(found, options);
  }
  return read;
}

/** What the only export of the files holds. */
async function readFiles(...given: Parameters<typeof readAll>): Promise<ImportedRecording> {
  const [only, another] = Object.values(await readAll(...given));
  if (only === undefined || another !== undefined) throw new Error('there should be one export');
  return only;
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
        [0.5, 'Unknown'],
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
      [500, null, null, null],
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
    const found = await readFiles(files, 'zip', { platform: undefined, startMs: EXPORT_START_MS + 5000 });
    expect(found.blocks[0]?.timesMs[0]).toBe(EXPORT_START_MS + 5000);
    await expect(readFiles({ ...files, 'meta/time.csv': '"event","experiment time"\n' })).rejects.toThrow(
      /START/,
    );
  });
});

describe('findExports of several', () => {
  const ANN = {
    'ann/Accelerometer.csv': phyphoxCsv('Acceleration', 'm/s^2'),
    'ann/meta/time.csv': PHYPHOX_TIME,
    'ann/meta/device.csv': '"property","value"\n"deviceModel","Pixel 6a"\n',
  };
  const BOB = {
    'people/bob/Gyroscope.csv': sensorLoggerCsv(5, [5, 5, 5]),
    'people/bob/Metadata.csv': sensorLoggerMetadata('ios', 'false'),
    'people/bob/Annotation.csv': sensorLoggerAnnotations([[0, 'conversation']]),
  };
  const CAT = {
    'people/cat/Accelerometer.csv': sensorLoggerCsv(5, [9, 0, 0]),
    'people/cat/Metadata.csv': sensorLoggerMetadata('android', 'false'),
  };

  it.each(['zip', 'folder'] as const)('keeps those in a %s apart, whatever their apps', async (kind) => {
    const found = await readAll({ ...ANN, ...BOB, ...CAT, 'notes.csv': 'day,words\n1,rain\n' }, kind);
    expect(Object.keys(found)).toEqual(['ann', 'people/bob', 'people/cat']);
    const [ann, bob, cat] = Object.values(found);
    expect([ann?.app, bob?.app, cat?.app]).toEqual(['phyphox', 'Sensor Logger', 'Sensor Logger']);
    expect([ann?.device, ann && kindsOf(ann)]).toEqual(['Pixel 6a', ['accelerometer']]);
    expect([bob && kindsOf(bob), bob?.labels.length]).toEqual([['gyroscope'], 1]);
    expect([cat && firstOf(cat, 'linear-acceleration'), cat?.labels]).toEqual([[9, 0, 0], []]);
  });

  it('finds zip files in folders, JSON files, and both apps in one folder', async () => {
    const entry = { sensor: 'Gyroscope', time: `${EXPORT_START_MS}000000`, x: '1', y: '2', z: '3' };
    const found = await readAll(
      {
        'one/bob.zip': zipOf(BOB),
        'one/two.json': JSON.stringify([entry]),
        'one/three.json': `\uFEFF${JSON.stringify([entry])}`,
        'one/Raw Data.csv': phyphoxCsv('Gyroscope', 'rad/s'),
        'one/meta/time.csv': PHYPHOX_TIME,
        'one/Gyroscope.csv': sensorLoggerCsv(3, [1, 2, 3]),
        'one/__MACOSX/Gyroscope.csv': 'nonsense',
        'one/.hidden.csv': 'nonsense',
      },
      'folder',
    );
    expect(
      Object.entries(found).map(([name, { app, blocks }]) => [name, app, blocks[0]?.timesMs.length]),
    ).toEqual([
      ['one', 'Sensor Logger', 3],
      ['one of phyphox', 'phyphox', 100],
      ['one/bob.zip/people/bob', 'Sensor Logger', 5],
      ['one/three.json', 'Sensor Logger', 1],
      ['one/two.json', 'Sensor Logger', 1],
    ]);
  });

  it('refuses two exports that lie in one folder, by name', async () => {
    const logger = sensorLoggerCsv(3, [1, 2, 3]);
    await expect(readAll({ 'Gyroscope.csv': logger, 'Gyroscope (1).csv': logger })).rejects.toThrow(
      /Gyroscope \(1\)\.csv holds the same stream as Gyroscope\.csv/,
    );
    const walk = phyphoxCsv('Gyroscope', 'rad/s');
    const options = { platform: undefined, startMs: EXPORT_START_MS };
    await expect(readAll({ 'walk.csv': walk, 'sit.csv': walk }, 'folder', options)).rejects.toThrow(
      /walk\.csv is a second table of gyroscope/,
    );
  });

  it('reads a copy of a file under its name', async () => {
    const found = await readFiles({ 'Total Acceleration (1).csv': sensorLoggerCsv(3, [0, 0, 9.8]) });
    expect(kindsOf(found)).toEqual(['accelerometer']);
  });

  it('names files that are no export', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'export.zip');
    await writeFile(path, zipOf({ ...BOB, 'notes.csv': 'a,b\n', 'Raw Data.xls': 'x' }));
    expect((await findExports(path)).others).toEqual(['notes.csv', 'Raw Data.xls']);
  });
});

describe('tables that a spreadsheet has saved', () => {
  const SEMICOLONS = 'time;seconds_elapsed;z;y;x\n';
  const row = (ms: number): string =>
    `${EXPORT_START_MS + ms}000000;${ms / 1000};9,81;0,1;-0,25`.replace('.', ',');
  const FILE = `${SEMICOLONS}${row(0)}\n${row(20)}\n`;

  it.each([
    ['semicolons and decimal commas', FILE],
    ['tabs', FILE.replaceAll(';', '\t')],
    ['quotes', FILE.replaceAll(/[^;\n]+/g, '"$&"')],
    ['a byte order mark and CRLF', `\uFEFF${FILE.replaceAll('\n', '\r\n')}`],
    ['UTF-16', Buffer.from(`\uFEFF${FILE}`, 'utf16le')],
    ['empty columns at the end', FILE.replaceAll('\n', ';;;\n')],
    ['exponents', FILE.replaceAll('9,81', '9,81E+00').replaceAll('-0,25', '-2,5E-01')],
    ['thousands marked in times', FILE.replaceAll(/\d{19}/g, (ns) => ns.replaceAll(/\B(?=(\d{3})+$)/g, '.'))],
    ['columns in another order', 'x;z;time;y\n-0,25;9,81;T0;0,1\n-0,25;9,81;T1;0,1\n'],
    ['columns with units', FILE.replace('z;y;x', 'Z (m/s²);accY;acc_x')],
    ['times in milliseconds', FILE.replaceAll('000000;', ';')],
  ])('with %s', async (_, content) => {
    const text =
      typeof content === 'string'
        ? content.replace('T0', `${EXPORT_START_MS}000000`).replace('T1', `${EXPORT_START_MS + 20}000000`)
        : content;
    const found = await readFiles({ 'TotalAcceleration.csv': text });
    expect(kindsOf(found)).toEqual(['accelerometer']);
    expect([...(found.blocks[0]?.timesMs ?? [])]).toEqual([EXPORT_START_MS, EXPORT_START_MS + 20]);
    expect(firstOf(found, 'accelerometer')).toEqual([-0.25, 0.1, 9.81]);
    expect(found.invalidSamples).toBe(0);
  });

  describe('with rounded times', () => {
    const ROUNDED = FILE.replaceAll(/\d{19}/g, '1,77E+18');

    it('counts from the start that the metadata have, or that is given', async () => {
      const files = { 'TotalAcceleration.csv': ROUNDED };
      const expected = [EXPORT_START_MS, EXPORT_START_MS + 20];
      const said = await readFiles({ ...files, 'Metadata.csv': sensorLoggerMetadata('android', 'false') });
      expect([...(said.blocks[0]?.timesMs ?? [])]).toEqual(expected);
      const given = await readFiles(files, 'zip', { platform: undefined, startMs: EXPORT_START_MS });
      expect([...(given.blocks[0]?.timesMs ?? [])]).toEqual(expected);
    });

    it('says what to do where nobody knows the start', async () => {
      await expect(readFiles({ 'TotalAcceleration.csv': ROUNDED })).rejects.toThrow(
        /TotalAcceleration\.csv: .*to the millisecond; give --start/,
      );
    });
  });

  it('counts single times that are none of this age', async () => {
    const found = await readFiles({ 'TotalAcceleration.csv': `${FILE}1790;0,04;9,81;0,1;0,2\n` });
    expect([found.blocks[0]?.timesMs.length, found.invalidSamples]).toEqual([2, 1]);
  });
});

describe('a watch', () => {
  const COLUMNS =
    'time,seconds_elapsed,rotationRateX,rotationRateY,rotationRateZ,gravityX,gravityY,gravityZ,accelerationX,accelerationY,accelerationZ,quaternionW,quaternionX,quaternionY,quaternionZ';
  const watchCsv = (unit: number): string =>
    `${COLUMNS}\n${EXPORT_START_MS}000000,0,1,2,3,0,0,${-unit},${unit / 2},0,0,1,0,0,0\n`;

  it('is taken where there is no phone, in the units that its gravity shows', async () => {
    for (const [unit, sign] of [
      [1, -1],
      [9.80665, 1],
    ] as const) {
      const found = await readFiles({
        'WristMotion.csv': watchCsv(unit),
        'Metadata.csv': sensorLoggerMetadata('ios', 'false'),
      });
      expect(kindsOf(found)).toEqual(['accelerometer', 'linear-acceleration', 'gravity', 'gyroscope']);
      expect(firstOf(found, 'linear-acceleration')).toEqual([4.903 * sign, 0 * sign, 0 * sign]);
      expect(firstOf(found, 'gravity')[2]).toBe(-9.807 * sign);
      expect(firstOf(found, 'accelerometer')).toEqual([4.903 * sign, 0 * sign, -9.807 * sign]);
      expect(firstOf(found, 'gyroscope')).toEqual([1, 2, 3]);
      expect(found.notes.join()).toContain('motion of the watch');
    }
  });

  it('is taken from JSON, too', async () => {
    const [columns = '', values = ''] = watchCsv(1).split('\n');
    const entry = Object.fromEntries(columns.split(',').map((name, at) => [name, values.split(',')[at]]));
    const found = await readFiles({ 'a.json': JSON.stringify([{ sensor: 'WristMotion', ...entry }]) });
    expect(firstOf(found, 'gravity')[2]).toBe(9.807);
  });

  it('is left out beside a phone, and named', async () => {
    const found = await readFiles({
      'WristMotion.csv': watchCsv(1),
      'Gyroscope.csv': sensorLoggerCsv(3, [7, 7, 7]),
    });
    expect([kindsOf(found), firstOf(found, 'gyroscope')]).toEqual([['gyroscope'], [7, 7, 7]]);
    expect(found.notes).toContain("WristMotion.csv left out: it is another device's, a watch's");
  });
});

describe('phyphox in other languages', () => {
  const still = (title: (axis: string) => string, values: readonly number[], time = 'Time (s)'): string => {
    const columns = [time, ...['x', 'y', 'z'].map((axis) => title(axis))];
    const rows = Array.from({ length: 300 }, (_, index) => [index / 50, ...values]);
    return [columns.map((column) => `"${column}"`).join(','), ...rows.map((cells) => cells.join(','))].join(
      '\n',
    );
  };
  const kindOf = async (csv: string): Promise<SensorKind[]> =>
    kindsOf(await readFiles({ 'Raw Data.csv': csv, 'meta/time.csv': PHYPHOX_TIME }));

  it.each([
    ['fr', (axis: string) => `Accélération linéaire selon l'axe ${axis} (m/s^2)`],
    ['de', (axis: string) => `Lineare Beschleunigung ${axis} (m/s²)`],
    ['es', (axis: string) => `Aceleración (sin g) ${axis} (m/s^2)`],
    ['ja', (axis: string) => `線形加速度 ${axis}軸（m/s^2）`],
    ['ru', (axis: string) => `Линейное ускорение ${axis} (м/с²)`],
    ['el', (axis: string) => `Γραμμική επιτάχυνση ${axis} (m/s^2)`],
  ])('knows the words for acceleration without gravity: %s', async (_, title) => {
    expect(await kindOf(still(title, [9, 3, 1]))).toEqual(['linear-acceleration']);
  });

  it.each([
    ['with gravity', [0.3, 0.1, 9.8], 'accelerometer'],
    ['without', [0.3, 0.1, 0.2], 'linear-acceleration'],
  ] as const)(
    'sees by its values whether an acceleration of unknown words is %s',
    async (_, values, kind) => {
      expect(await kindOf(still((axis) => `Kiihtyvyys ${axis}-akseli (m/s^2)`, values, 'Aika (s)'))).toEqual([
        kind,
      ]);
    },
  );

  it('is not misled by strong movement', async () => {
    const rows = Array.from({ length: 400 }, (_, index) => {
      const swing = 15 * Math.sin(index * 1.3);
      return [index / 50, swing, -swing, swing].join(',');
    });
    const columns = ['Aika (s)', ...['x', 'y', 'z'].map((axis) => `Kiihtyvyys ${axis} (m/s^2)`)].join(',');
    expect(await kindOf([columns, ...rows].join('\n'))).toEqual(['linear-acceleration']);
  });

  it('reads all sensors of one table', async () => {
    const columns = [
      't (s)',
      'Acc x (m/s^2)',
      'Acc y (m/s^2)',
      'Acc z (m/s^2)',
      'Gyr x (rad/s)',
      'Gyr y (rad/s)',
      'Gyr z (rad/s)',
    ];
    const csv = `${columns.join(',')}\n0,0,0,9.8,1,2,3\n`;
    const found = await readFiles({ 'Raw Data.csv': csv, 'meta/time.csv': PHYPHOX_TIME });
    expect(kindsOf(found)).toEqual(['accelerometer', 'gyroscope']);
    expect(firstOf(found, 'gyroscope')).toEqual([1, 2, 3]);
  });
});

describe('findExports of anything else', () => {
  it('says what it is not', async () => {
    await expect(readFiles({ 'table.csv': 'a,b\n1,2\n' })).rejects.toThrow(/neither .*table\.csv/);
    await expect(readFiles({ 'data.json': '{"sensor": 1' })).rejects.toThrow(/data\.json is not JSON/);
    await expect(readFiles({ 'data.json': '{"sensor": 1}' })).rejects.toThrow(/array/);
    await expect(readFiles({ 'readme.txt': 'hello' })).rejects.toThrow(/no CSV or JSON/);
    await expect(readFiles({ 'Raw Data.xls': 'x' })).rejects.toThrow(/Excel files only; choose CSV/);
    await expect(readFiles({ 'Gyroscope.csv': '' })).rejects.toThrow(/Gyroscope\.csv: needs the columns/);
  });

  it('says what is wrong with the file', async () => {
    await using folder = await temporaryFolder();
    const broken = join(folder.path, 'broken.zip');
    await writeFile(broken, 'PK but no zip');
    await expect(findExports(broken)).rejects.toMatchObject({ code: 'RECORDING_INVALID' });
    await expect(findExports(join(folder.path, 'none.zip'))).rejects.toThrow(/none\.zip cannot be read/);
  });

  it('refuses zip files that point outside, lie about their size, or hold too much', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'export.zip');
    const csv = sensorLoggerCsv(2000, [1, 2, 3]);
    await writeFile(path, zipOf({ '../Gyroscope.csv': csv }));
    await expect(findExports(path)).rejects.toThrow(/export\.zip cannot be read: .*relative path/);
    const zip = Buffer.from(zipOf({ 'Gyroscope.csv': csv }));
    const directory = zip.lastIndexOf('PK\u0001\u0002', undefined, 'latin1');
    zip.writeUInt32LE(1000, directory + 24);
    await writeFile(path, zip);
    await expect(readPath(path)).rejects.toThrow(/Gyroscope\.csv cannot be read/);
    zip.writeUInt32LE(4_000_000_000, directory + 24);
    await writeFile(path, zip);
    await expect(readPath(path)).rejects.toThrow(/cannot be read|at most can be read/);
  });
});
