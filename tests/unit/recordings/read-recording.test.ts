import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listRecordings, readRecording } from '../../../src/recordings/read-recording.js';
import { GatewayError } from '../../../src/shared/errors.js';
import { describeWithShared } from '../../helpers/shared-data.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { csvOf, writeRecording } from '../../helpers/write-recording.js';

const sensor = (overrides: Readonly<Record<string, unknown>>) => ({
  sensors: {
    accelerometer: {
      file: 'accelerometer.csv.gz',
      unit: 'm/s2',
      gravity: true,
      nominalRateHz: 50,
      ...overrides,
    },
  },
});

async function refusalOf(overrides: Readonly<Record<string, unknown>>, csv?: string): Promise<string> {
  await using folder = await temporaryFolder();
  await writeRecording(folder.path, overrides, csv);
  const error = await readRecording(folder.path).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GatewayError);
  return error instanceof GatewayError ? `${error.code} ${error.message}` : '';
}

describe(readRecording, () => {
  it('reads header, samples and labels', async () => {
    await using folder = await temporaryFolder();
    await writeRecording(folder.path);
    const recording = await readRecording(folder.path);
    expect(recording.startMs).toBe(Date.parse('2024-01-01'));
    expect(recording.labels).toEqual([
      { fromMs: 0, toMs: 100, activity: 'walking', accompanied: true, conversation: null },
    ]);
    const [accelerometer] = recording.sensors;
    expect(accelerometer?.kind).toBe('accelerometer');
    expect(Array.from(accelerometer?.samples.timesMs ?? [])).toEqual([0, 20, 40]);
    expect(accelerometer?.samples.values[3]).toBeCloseTo(0.02, 6);
  });

  it('reads where it was worn and the details of labels, and needs neither', async () => {
    await using folder = await temporaryFolder();
    await writeRecording(folder.path);
    expect((await readRecording(folder.path)).placement).toBeUndefined();
    const label = { fromMs: 0, toMs: 100, conversation: true, detail: 'talking' };
    await writeRecording(folder.path, { placement: 'chest', labels: [label] });
    const recording = await readRecording(folder.path);
    expect(recording.placement).toBe('chest');
    expect(recording.labels[0]).toMatchObject({ conversation: true, detail: 'talking' });
  });

  it('refuses places it does not know and details that are no words', async () => {
    const placed = await refusalOf({ placement: 'elbow' });
    expect(placed).toContain('"chest"|"pocket"|"wrist"|"hand"');
    expect(placed).toContain('at placement');
    const numbered = { fromMs: 0, toMs: 100, detail: 7 };
    expect(await refusalOf({ labels: [numbered] })).toContain('at labels[0].detail');
  });

  it('tells streams apart by unit and gravity', async () => {
    const kinds = [];
    for (const overrides of [{ unit: 'adc' }, { gravity: false }, { unit: 'g' }]) {
      await using folder = await temporaryFolder();
      await writeRecording(folder.path, sensor(overrides));
      kinds.push((await readRecording(folder.path)).sensors[0]?.kind);
    }
    expect(kinds).toEqual(['accelerometer-raw', 'linear-acceleration', 'accelerometer']);
  });

  it('keeps empty and non-numeric values as missing, never as zero', async () => {
    await using folder = await temporaryFolder();
    await writeRecording(folder.path, {}, 'time_ms,x,y,z\n0,,nan,1\n');
    const values = (await readRecording(folder.path)).sensors[0]?.samples.values;
    expect(Array.from(values ?? [])).toEqual([Number.NaN, Number.NaN, 1]);
  });

  it.each([
    ['a unit it does not know', sensor({ unit: 'furlong' }), undefined, '"accelerometer" in "furlong"'],
    [
      'a sensor it does not know',
      { sensors: { nose: { file: 'accelerometer.csv.gz', unit: 'V', nominalRateHz: 1 } } },
      undefined,
      'nose',
    ],
    ['a file outside the folder', sensor({ file: '../secret.csv' }), undefined, 'without a path'],
    [
      'a file that is not there',
      sensor({ file: 'absent.csv.gz' }),
      undefined,
      'absent.csv.gz cannot be read',
    ],
    ['a header that is not the format’s', {}, 't,x,y,z\n', 'accelerometer.csv.gz: the first line must be'],
    ['too few columns', {}, 'time_ms,x,y,z\n0,1\n', 'line 2'],
    ['a time that is no number', {}, 'time_ms,x,y,z\nx,1,2,3\n', 'line 2'],
    ['time going backwards', {}, csvOf([0, 40, 20]), 'line 4'],
    ['no start', { start: 'yesterday' }, undefined, 'start'],
  ])('refuses %s, naming the file', async (_, overrides, csv, words) => {
    const text = await refusalOf(overrides, csv);
    expect(text).toContain('RECORDING_INVALID');
    expect(text).toContain(words);
  });

  it('reads a header with a byte order mark', async () => {
    await using folder = await temporaryFolder();
    await writeRecording(folder.path);
    const plain = await readRecording(folder.path);
    const file = join(folder.path, 'recording.json');
    await writeFile(file, `\uFEFF${await readFile(file, 'utf8')}`);
    expect(await readRecording(folder.path)).toEqual(plain);
  });

  it('refuses what is not JSON and what is not gzip', async () => {
    await using folder = await temporaryFolder();
    await writeRecording(folder.path);
    await writeFile(join(folder.path, 'accelerometer.csv.gz'), 'plain');
    await expect(readRecording(folder.path)).rejects.toThrow('is not gzip');
    await writeFile(join(folder.path, 'recording.json'), '{');
    await expect(readRecording(folder.path)).rejects.toThrow('is not JSON');
  });
});

describe(listRecordings, () => {
  it('finds recordings below a folder, links to some among them, or the folder itself', async () => {
    await using folder = await temporaryFolder();
    await writeRecording(join(folder.path, 'b'));
    await writeRecording(join(folder.path, 'a'));
    expect(await listRecordings(folder.path)).toEqual([join(folder.path, 'a'), join(folder.path, 'b')]);
    expect(await listRecordings(join(folder.path, 'a'))).toEqual([join(folder.path, 'a')]);
    await symlink(join(folder.path, 'b'), join(folder.path, 'a', 'linked'));
    await rm(join(folder.path, 'a', 'recording.json'));
    await symlink(join(folder.path, 'nowhere'), join(folder.path, 'a', 'dangling'));
    expect(await listRecordings(join(folder.path, 'a'))).toEqual([join(folder.path, 'a', 'linked')]);
    await expect(listRecordings(join(folder.path, 'absent'))).rejects.toThrow('absent cannot be read');
  });
});

describeWithShared('every recording of the shared data', 'data', (data) => {
  it.each(['casale-chest', 'phone-streams'])(
    'is read: %s',
    async (dataset) => {
      const paths = await listRecordings(join(data, dataset));
      expect(paths.length).toBeGreaterThan(0);
      for (const path of paths) {
        const recording = await readRecording(path);
        expect(recording.sensors.length).toBeGreaterThan(0);
        for (const { samples } of recording.sensors) {
          expect(samples.timesMs.length).toBeGreaterThan(1000);
          expect(samples.values.some(Number.isNaN)).toBe(false);
        }
      }
    },
    60_000,
  );
});
