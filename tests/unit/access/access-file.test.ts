import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accessFile, changeAccessFile, NO_RECORDS, readAccessFile } from '../../../src/access/access-file.js';
import { createDevice, withDevice } from '../../../src/access/manage-records.js';
import { makeRecords } from '../../helpers/make-access.js';
import { deviceId } from '../../helpers/make-results.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

describe('the file of credentials', () => {
  it('is empty where there is none', async () => {
    await using folder = await temporaryFolder();
    expect(await readAccessFile(accessFile(folder.path))).toEqual(NO_RECORDS);
  });

  it('gives back what was written, is for its owner only, and leaves nothing beside it', async () => {
    await using folder = await temporaryFolder();
    const path = accessFile(join(folder.path, 'data'));
    const { records, passwords, tokens } = await makeRecords();
    await changeAccessFile(path, () => records);
    expect(await readAccessFile(path)).toEqual(records);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder.path, 'data'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder.path, 'data'))).toEqual(['access.json']);
    const text = await readFile(path, 'utf8');
    for (const secret of [...Object.values(passwords), ...Object.values(tokens)])
      expect(text).not.toContain(secret);
  });

  it('loses no change of commands that run at once', async () => {
    await using folder = await temporaryFolder();
    const path = accessFile(folder.path);
    const names = Array.from({ length: 12 }, (_, index) => `phone-${index}`);
    await Promise.all(
      names.map(async (name) => {
        const { record } = await createDevice(deviceId(name), 0);
        await changeAccessFile(path, (records) => withDevice(records, record, false));
      }),
    );
    expect((await readAccessFile(path)).devices.map(({ name }) => name)).toEqual([...names].sort());
  });

  it('stays as it was when a change fails, and can be changed again', async () => {
    await using folder = await temporaryFolder();
    const path = accessFile(folder.path);
    const { records } = await makeRecords();
    await changeAccessFile(path, () => records);
    const failing = changeAccessFile(path, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    await changeAccessFile(path, (found) => found);
    expect(await readAccessFile(path)).toEqual(records);
  });

  it('can be changed again after a command was killed in the middle of it', async () => {
    await using folder = await temporaryFolder();
    const path = accessFile(folder.path);
    await writeFile(`${path}.lock`, '');
    await writeFile(`${path}.new`, 'half of a fi');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${path}.lock`, longAgo, longAgo);
    await changeAccessFile(path, () => NO_RECORDS);
    expect(await readdir(folder.path)).toEqual(['access.json']);
  });

  it.each([
    ['half a file', '{"version":1,"devices":['],
    ['another version', '{"version":2,"devices":[],"tokens":[]}'],
    ['nothing', ''],
    ['a device that cannot be one', '{"version":1,"devices":[{"name":"../x"}],"tokens":[]}'],
  ])('with %s in it is refused, without quoting it', async (_, text) => {
    await using folder = await temporaryFolder();
    const path = accessFile(folder.path);
    await writeFile(path, text);
    await expect(readAccessFile(path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(readAccessFile(path)).rejects.toThrow(path);
  });
});
