import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { openLmdbStore } from '../../../../src/storage/embedded/lmdb-store.js';
import { deviceId, makeBatch, makeStatus, makeWindow, PHONE } from '../../../helpers/make-results.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { describeStoreContract } from '../store-contract.js';

describeStoreContract('lmdb', async () => {
  const folder = await temporaryFolder();
  return {
    open: () => openLmdbStore({ path: folder.path }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});

const WINDOWS_A_BATCH = 7;
const WRITER = `
  import { openLmdbStore } from ${JSON.stringify(join(import.meta.dirname, '../../../../build/storage/embedded/lmdb-store.js'))};
  const store = await openLmdbStore({ path: process.argv[1] });
  const template = JSON.parse(process.argv[2]);
  for (let batch = 0; ; batch++) {
    const windows = Array.from({ length: ${WINDOWS_A_BATCH} }, (_, index) => (
      { ...template, endMs: batch * 1000 + index }));
    await store.write({ windows, statuses: [], apparel: [], company: [] });
    console.log(batch);
  }`;

describe('a process that writes and is killed with kill -9', () => {
  it.each([3, 40, 200])(
    'leaves every batch it reported, and none by half (after %i batches)',
    async (reports) => {
      await using folder = await temporaryFolder();
      const args = ['--input-type=module', '-e', WRITER, folder.path, JSON.stringify(makeWindow())];
      const writer = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(writer, 'exit');
      let reported = -1;
      for await (const line of createInterface({ input: writer.stdout })) {
        reported = Number(line);
        if (reported >= reports) writer.kill('SIGKILL');
      }
      await exited;

      await using store = await openLmdbStore({ path: folder.path });
      const windows = await store.windows(PHONE, { fromMs: 0, toMs: 1e12 }, Number.POSITIVE_INFINITY);
      expect(reported).toBeGreaterThanOrEqual(reports);
      expect(windows.length).toBeGreaterThanOrEqual((reported + 1) * WINDOWS_A_BATCH);
      expect(windows.length % WINDOWS_A_BATCH).toBe(0);
      await store.write(makeBatch({ windows: [makeWindow()] }));
      expect(await store.windows(PHONE, { fromMs: 1e12, toMs: 2e12 }, 10)).toEqual([makeWindow()]);
    },
  );
});

describe('openLmdbStore', () => {
  it('says what to do when its folder cannot be one', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'file');
    await writeFile(path, 'not a folder');
    await expect(openLmdbStore({ path })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: false,
      message: expect.stringContaining(path),
    });
  });

  it.each([
    ['something else', Buffer.alloc(100_000, 'x')],
    ['zeros', Buffer.alloc(100_000)],
    ['a few bytes', Buffer.from('hello')],
  ])('refuses a data file of %s instead of dying from it', async (_, content) => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'data.mdb'), content);
    await expect(openLmdbStore({ path: folder.path })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('data.mdb is damaged'),
    });
  });

  it('starts again where a crash left an empty file', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'data.mdb'), '');
    await using store = await openLmdbStore({ path: folder.path });
    expect(await store.devices()).toEqual([]);
  });

  it('makes folders that are missing, also with a dot in the name', async () => {
    await using folder = await temporaryFolder();
    await using store = await openLmdbStore({ path: join(folder.path, 'deep/store.d') });
    await store.write(makeBatch({ windows: [makeWindow()] }));
    expect(await store.devices()).toEqual([PHONE]);
  });

  it('waits with closing for what is being written and read', async () => {
    await using folder = await temporaryFolder();
    const store = await openLmdbStore({ path: folder.path });
    const statuses = Array.from({ length: 5_000 }, (_, index) => makeStatus({ atMs: index }));
    await store.write(makeBatch({ statuses }));
    const reading = store.statuses(PHONE, 'accompanied', { fromMs: 0, toMs: 1e12 });
    const writing = store.write(makeBatch({ windows: [makeWindow()] }));
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    expect(await reading).toEqual(statuses);
    expect((await writing).written).toBe(1);
  });

  it('keeps no byte of a device that was forgotten, also while it goes on', async () => {
    await using folder = await temporaryFolder();
    await using store = await openLmdbStore({ path: folder.path });
    const forgotten = deviceId('somebody-who-left');
    const windows = Array.from({ length: 3000 }, (_, index) => makeWindow({ endMs: index }));
    await store.write(
      makeBatch({
        windows: [...windows, ...windows.map((window) => ({ ...window, device: forgotten }))],
        statuses: [makeStatus({ device: forgotten })],
      }),
    );
    const isInFile = async () => (await readFile(join(folder.path, 'data.mdb'))).includes(forgotten);
    expect(await isInFile()).toBe(true);
    await store.forget(forgotten);
    expect(await isInFile()).toBe(false);
    expect(await readdir(folder.path)).not.toContain('rewriting');
    await store.write(makeBatch({ windows: [makeWindow({ endMs: 1e9 })] }));
    expect(await store.windows(PHONE, { fromMs: 0, toMs: 1e12 }, 5000)).toHaveLength(3001);
  });
});
