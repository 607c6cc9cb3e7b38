import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockFolder, tryLock } from '../../../src/shared/lock.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

describe('a locked file', () => {
  it('is held by one at a time, and gone once it is let go', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'lock');
    const first = await tryLock(path);
    expect(first).toBeDefined();
    expect(await tryLock(path)).toBeUndefined();
    await first?.[Symbol.asyncDispose]();
    expect(await readdir(folder.path)).toEqual([]);
    await using second = await tryLock(path);
    expect(second).toBeDefined();
  });

  it('is held by one at a time where many come and go', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'lock');
    let holders = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      for (let times = 0; times < 20; ) {
        const lock = await tryLock(path);
        if (lock === undefined) continue;
        times += 1;
        holders += 1;
        most = Math.max(most, holders);
        await readdir(folder.path);
        holders -= 1;
        await lock[Symbol.asyncDispose]();
      }
    };
    await Promise.all([work(), work(), work(), work()]);
    expect(most).toBe(1);
  });
});

describe('a locked folder', () => {
  it('names the process that has it', async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    await using _ = await lockFolder(data);
    await expect(lockFolder(data)).rejects.toMatchObject({
      code: 'FOLDER_IN_USE',
      message: expect.stringContaining(`process ${process.pid} on `),
    });
  });

  it('is free when a process that was killed has left its name, also where that is a running process again', async () => {
    await using folder = await temporaryFolder();
    const left = { pid: process.ppid, host: 'here', since: '2026-01-01T00:00:00.000Z' };
    await writeFile(join(folder.path, 'gateway.lock'), JSON.stringify(left));
    await using _ = await lockFolder(folder.path);
    const text = await readFile(join(folder.path, 'gateway.lock'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ pid: process.pid });
  });

  it('that is a file is refused in words', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'data');
    await writeFile(file, '');
    await expect(lockFolder(file)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('must be a folder'),
    });
  });
});
