import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listRecordings, readRecording } from '../../../src/recordings/read-recording.js';
import {
  EXPORT_START_MS,
  sensorLoggerAnnotations,
  sensorLoggerCsv,
  sensorLoggerMetadata,
  zipOf,
} from '../../helpers/app-exports.js';
import { runCli } from '../../helpers/run-cli.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

async function writeExport(path: string): Promise<void> {
  const gyroscope = sensorLoggerCsv(100, [1, 2, 3]);
  await writeFile(
    path,
    zipOf({
      'TotalAcceleration.csv': sensorLoggerCsv(100, [0, 0, 9.81]),
      // Two samples twice, in the wrong order.
      'Gyroscope.csv': `${gyroscope}${gyroscope.split('\n').slice(3, 5).join('\n')}\n`,
      'Metadata.csv': sensorLoggerMetadata('android', 'false'),
      'Annotation.csv': sensorLoggerAnnotations([
        [0.5, 'accompanied'],
        [1.5, 'alone'],
      ]),
    }),
  );
}

describe('alongside import', () => {
  it('turns an export into a recording that the other commands read', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'export.zip');
    const out = join(folder.path, 'recordings');
    await writeExport(file);
    const run = await runCli(['import', file, '--out', out, '--subject', 'Anna', '--json']);
    expect(run.code, run.stderr).toBe(0);
    expect(JSON.parse(run.lines.at(-1) ?? '')).toMatchObject({
      app: 'Sensor Logger',
      device: 'Anna-s-phone',
      subject: 'Anna',
      samples: 200,
      duplicates: 2,
      labels: 2,
    });
    const [path = ''] = await listRecordings(out);
    const recording = await readRecording(path);
    expect(recording).toMatchObject({ subject: 'Anna', startMs: EXPORT_START_MS });
    expect(recording.sensors.map(({ name, unit, samples }) => [name, unit, samples.timesMs.length])).toEqual([
      ['accelerometer', 'm/s2', 100],
      ['gyroscope', 'rad/s', 100],
    ]);
    expect(recording.labels.map(({ fromMs, toMs, accompanied }) => [fromMs, toMs, accompanied])).toEqual([
      [500, 1500, true],
      [1500, 1980, false],
    ]);
    const windows = await runCli(['windows', path, '--rate', '50', '--size', '50', '--stride', '25']);
    expect(windows.lines.length).toBeGreaterThan(1);
  });

  it('does not write over what is there, unless told to', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'export.zip');
    const out = join(folder.path, 'recordings');
    await writeExport(file);
    expect((await runCli(['import', file, '--out', out])).code).toBe(0);
    const again = await runCli(['import', file, '--out', out]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('--replace');
    expect((await runCli(['import', file, '--out', out, '--replace'])).code).toBe(0);
    expect(await readdir(out)).toHaveLength(1);
  });

  it('refuses a wrong name with exit 2, and no export with exit 1, saying why', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'export.zip');
    await writeExport(file);
    const out = join(folder.path, 'recordings');
    expect((await runCli(['import', file, '--out', out, '--device', 'a/b'])).code).toBe(2);
    const none = await runCli(['import', join(folder.path, 'none.zip'), '--out', out]);
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('none.zip');
    expect(none.stderr).not.toContain('    at ');
  });
});
