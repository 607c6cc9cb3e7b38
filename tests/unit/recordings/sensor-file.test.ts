import { appendFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SensorColumns } from '../../../src/recordings/sensor-csv.js';
import { readSensorFile, SensorWriter } from '../../../src/recordings/sensor-file.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const NAME = 'gyroscope.csv.gz';

/** Values that compress badly, every 20 ms. */
function columns(fromMs: number, count: number): SensorColumns {
  const timesMs = Float64Array.from({ length: count }, (_, index) => fromMs + index * 20);
  const values = Float32Array.from({ length: 3 * count }, (_, index) => Math.sin(index * 7919 + fromMs));
  return { timesMs, values };
}

describe(SensorWriter, () => {
  it('has written what it has taken: the file can be read at once', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, NAME);
    await using writer = await SensorWriter.create(path);
    for (const fromMs of [0, 20_000]) {
      await writer.append(columns(fromMs, 1000));
      expect((await stat(path)).size).toBe(writer.bytes);
    }
    expect((await readSensorFile(path, true)).timesMs).toHaveLength(2000);
    expect(writer).toMatchObject({ samples: 2000, lastMs: 39_980, rateHz: 50 });
  });

  it('fails when it cannot write, and counts nothing of that', async () => {
    await using folder = await temporaryFolder();
    const writer = await SensorWriter.create(join(folder.path, NAME));
    await writer.append(columns(0, 10));
    const { bytes } = writer;
    await writer[Symbol.asyncDispose]();
    await expect(writer.append(columns(200, 10))).rejects.toThrow();
    expect(writer).toMatchObject({ bytes, samples: 10, lastMs: 180 });
  });

  it('cuts off what a write that failed has left', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, NAME);
    {
      await using writer = await SensorWriter.create(path);
      await writer.append(columns(0, 10));
      await appendFile(path, 'half of a mem');
    }
    expect((await readSensorFile(path, true)).timesMs).toHaveLength(10);
  });
});
