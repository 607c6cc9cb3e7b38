import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Recording } from '../../src/domain/recording.js';
import { formatSensorCsv } from '../../src/recordings/sensor-csv.js';

/** Writes a recording as a folder in the recording format. */
export async function writeWholeRecording(path: string, recording: Recording): Promise<void> {
  await mkdir(path, { recursive: true });
  const { id, subject, device, startMs, labels } = recording;
  const sensors = recording.sensors.map(({ name, unit, gravity, nominalRateHz }) => {
    return [name, { file: `${name}.csv.gz`, unit, gravity, nominalRateHz }];
  });
  for (const { name, samples } of recording.sensors) {
    await writeFile(join(path, `${name}.csv.gz`), gzipSync(formatSensorCsv(samples)));
  }
  const start = new Date(startMs).toISOString();
  const header = { id, subject, device, start, sensors: Object.fromEntries(sensors), labels };
  await writeFile(join(path, 'recording.json'), JSON.stringify(header));
}
