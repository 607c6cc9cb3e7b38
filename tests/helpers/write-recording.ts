import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Text of a sensor's file: one row a time, with values that tell it. */
export function csvOf(timesMs: readonly number[]): string {
  return ['time_ms,x,y,z', ...timesMs.map((time) => `${time},${time / 1000},1,-1`), ''].join('\n');
}

/** Writes a recording folder with one accelerometer; fields of `recording.json` and the file's text can be overridden. */
export async function writeRecording(
  path: string,
  overrides: Readonly<Record<string, unknown>> = {},
  csv = csvOf([0, 20, 40]),
): Promise<void> {
  await mkdir(path, { recursive: true });
  const header = {
    id: 'walk',
    subject: 'one',
    device: 'test phone',
    start: '2024-01-01T00:00:00.000Z',
    sensors: {
      accelerometer: { file: 'accelerometer.csv.gz', unit: 'm/s2', gravity: true, nominalRateHz: 50 },
    },
    labels: [{ fromMs: 0, toMs: 100, activity: 'walking', accompanied: true, conversation: null }],
    ...overrides,
  };
  await writeFile(join(path, 'recording.json'), JSON.stringify(header));
  await writeFile(join(path, 'accelerometer.csv.gz'), gzipSync(csv));
}
