import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkLmdbFolder, setFolderAside } from '../../../../src/storage/lmdb/check-folder.js';
import { type TemporaryFolder, temporaryFolder } from '../../../helpers/temporary-folder.js';
import { LMDB_PROBE } from '../../../helpers/worker-url.js';

const PAGE_BYTES = 4096;
const ENTRIES = 3_000;
const check = (path: string) => checkLmdbFolder(path, { probeUrl: LMDB_PROBE });

/** A folder of lmdb's with entries, some of them removed again; closed. */
async function writeFolder(path: string): Promise<void> {
  const root = open({ path, noSubdir: false, eventTurnBatching: false });
  const table = root.openDB<string, [string, number]>({ name: 'table' });
  for (let index = 0; index < ENTRIES; index++) void table.put(['a', index], `value ${index} `.repeat(10));
  await root.flushed;
  for (let index = 0; index < ENTRIES; index += 10) void table.remove(['a', index]);
  await root.flushed;
  await root.close();
}

/** Entries that can be read, by number and value; only ever called on what was found sound. */
async function sumOf(path: string): Promise<number> {
  const root = open({ path, noSubdir: false });
  const table = root.openDB<string, [string, number]>({ name: 'table' });
  let sum = 0;
  for (const { key, value } of table.getRange()) if (value.startsWith(`value ${key[1]} `)) sum += 1;
  await root.close();
  return sum;
}

describe('checkLmdbFolder', () => {
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeFolder(join(folder.path, 'sound'));
    return () => folder[Symbol.asyncDispose]();
  });

  let copies = 0;
  const damagedCopy = async (damage: (data: Buffer) => Buffer): Promise<string> => {
    const path = join(folder.path, `copy-${copies++}`);
    await cp(join(folder.path, 'sound'), path, { recursive: true });
    const file = join(path, 'data.mdb');
    await writeFile(file, damage(await readFile(file)));
    return path;
  };

  it('finds a folder sound that is, that is empty, or that is not there', async () => {
    expect(await check(join(folder.path, 'sound'))).toEqual({ kind: 'sound' });
    expect(await check(join(folder.path, 'nowhere'))).toEqual({ kind: 'sound' });
    await mkdir(join(folder.path, 'empty'));
    expect(await check(join(folder.path, 'empty'))).toEqual({ kind: 'sound' });
    await writeFile(join(folder.path, 'empty', 'data.mdb'), '');
    expect(await check(join(folder.path, 'empty'))).toEqual({ kind: 'sound' });
  });

  it.each([
    ['text', () => Buffer.alloc(100_000, 'x')],
    ['a few bytes', () => Buffer.from('hello')],
    ['no first page', (data: Buffer) => data.fill(0, 0, PAGE_BYTES)],
    ['half of it', (data: Buffer) => data.subarray(0, data.length / 2)],
    ['zeros behind the first two pages', (data: Buffer) => data.fill(0, 2 * PAGE_BYTES)],
  ])('finds a file of %s damaged and lives', async (_, damage) => {
    expect(await check(await damagedCopy(damage))).toMatchObject({ kind: 'damaged' });
  });

  it('finds no page overwritten that matters without saying so', async () => {
    const pages = Math.floor((await readFile(join(folder.path, 'sound', 'data.mdb'))).length / PAGE_BYTES);
    const kinds: string[] = [];
    for (let page = 3; page < pages; page += Math.ceil(pages / 16)) {
      const path = await damagedCopy((data) => {
        for (let at = page * PAGE_BYTES; at < (page + 1) * PAGE_BYTES; at++)
          data[at] = (at * 2_654_435_761) >>> 24;
        return data;
      });
      const finding = await check(path);
      kinds.push(finding.kind);
      if (finding.kind === 'sound') expect(await sumOf(path)).toBe(ENTRIES * 0.9);
    }
    expect(kinds).toContain('damaged');
  });

  it('finds a missing last page damaged if anything was on it', async () => {
    const path = await damagedCopy((data) => data.subarray(0, data.length - PAGE_BYTES));
    const finding = await check(path);
    if (finding.kind === 'sound') expect(await sumOf(path)).toBe(ENTRIES * 0.9);
    else expect(finding.kind).toBe('damaged');
  });

  it('takes a garbled lock file for what it is', async () => {
    const path = await damagedCopy((data) => data);
    await writeFile(join(path, 'lock.mdb'), Buffer.alloc(8192, 'x'));
    expect(await check(path)).toEqual({ kind: 'sound' });
  });

  it('does not call damaged what it could not look at', async () => {
    const path = await damagedCopy((data) => data);
    const missing = new URL('no-such-file.js', LMDB_PROBE);
    expect(await checkLmdbFolder(path, { probeUrl: missing })).toMatchObject({ kind: 'unusable' });
    expect(await checkLmdbFolder(path, { probeUrl: LMDB_PROBE, limitMs: 1 })).toEqual({ kind: 'sound' });
  });
});

describe('setFolderAside', () => {
  it('keeps all that is in the folder under a name with the time', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'outbox');
    await mkdir(path);
    await writeFile(join(path, 'data.mdb'), 'x');
    const aside = await setFolderAside(path, Date.parse('2026-03-01T10:00:00.5Z'));
    expect(aside).toBe(`${path}.damaged-2026-03-01T10-00-00.500Z`);
    expect(await readFile(join(aside, 'data.mdb'), 'utf8')).toBe('x');
  });
});
