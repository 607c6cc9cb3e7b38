import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ImportedRecording } from '../../../../src/recordings/imports/imported-recording.js';
import { writeImport } from '../../../../src/recordings/imports/write-import.js';
import { deviceId } from '../../../helpers/make-results.js';
import { blockAt, START_MS, timesAt } from '../../../helpers/sensor-messages.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const DEVICE = deviceId('anna');

function exportOf(samples: number): ImportedRecording {
  const blocks = [blockAt('accelerometer', timesAt(samples, START_MS, START_MS + 1000))];
  return { app: 'Sensor Logger', device: undefined, blocks, labels: [], invalidSamples: 0, notes: [] };
}

const into = (folder: string, isReplacing = false) => ({
  folder,
  device: DEVICE,
  subject: 'anna',
  isReplacing,
});

describe(writeImport, () => {
  it('refuses one that is there, unless it is to take its place', async () => {
    await using folder = await temporaryFolder();
    const first = await writeImport(exportOf(50), into(folder.path));
    await expect(writeImport(exportOf(20), into(folder.path))).rejects.toThrow(
      `${first.path} is there already; --replace puts the new one in its place`,
    );
    expect(await writeImport(exportOf(20), into(folder.path, true))).toMatchObject({
      path: first.path,
      samples: 20,
    });
    expect((await readdir(folder.path)).map((name) => join(folder.path, name))).toEqual([first.path]);
  });

  it('replaces none of the same run', async () => {
    await using folder = await temporaryFolder();
    const { path } = await writeImport(exportOf(50), into(folder.path));
    await expect(writeImport(exportOf(20), into(folder.path, true), new Set([path]))).rejects.toThrow(
      'another export of anna begins at the same time',
    );
  });

  it('leaves nothing behind when there is nothing to write', async () => {
    await using folder = await temporaryFolder();
    await expect(writeImport(exportOf(0), into(folder.path))).rejects.toThrow('holds no sample');
    expect(await readdir(folder.path)).toEqual([]);
  });
});
