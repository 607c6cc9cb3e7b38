import { appendFile, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DeadLetter, DeadLetterFile } from '../../../../src/storage/outbox/dead-letter-file.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const NOW_MS = Date.parse('2026-03-01T10:00:00Z');
const letter = (payload: unknown, atMs = NOW_MS): DeadLetter => ({ atMs, words: 'too old', payload });

async function payloadsOf(letters: DeadLetterFile): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for await (const batch of letters.read()) payloads.push(...batch.letters.map(({ payload }) => payload));
  return payloads;
}

describe('a dead-letter file', () => {
  it('is empty where there is none, and nothing is made of looking', async () => {
    await using folder = await temporaryFolder();
    const letters = new DeadLetterFile({ folder: join(folder.path, 'dead'), name: 'store' });
    expect(await payloadsOf(letters)).toEqual([]);
    for await (const batch of letters.take(NOW_MS)) expect(batch).toBeUndefined();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('gives letters back in the order of writing, a line of JSON each', async () => {
    await using folder = await temporaryFolder();
    const letters = new DeadLetterFile({ folder: folder.path, name: 'store' });
    await letters.append([letter({ a: 'two\nlines' }), letter(2)]);
    await letters.append([letter(null)]);
    await letters.append([]);
    expect(await payloadsOf(letters)).toEqual([{ a: 'two\nlines' }, 2, null]);
    const text = await readFile(join(folder.path, 'store.ndjson'), 'utf8');
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toHaveLength(3);
  });

  it('does not mix with those of another destination', async () => {
    await using folder = await temporaryFolder();
    const store = new DeadLetterFile({ folder: folder.path, name: 'store', maxFileBytes: 1 });
    const hook = new DeadLetterFile({ folder: folder.path, name: 'store.hook', maxFileBytes: 1 });
    await store.append([letter('store')]);
    await hook.append([letter('hook')]);
    expect(await payloadsOf(store)).toEqual(['store']);
    expect(await payloadsOf(hook)).toEqual(['hook']);
  });

  it('loses no letter after one that was cut short by a power failure', async () => {
    await using folder = await temporaryFolder();
    const letters = new DeadLetterFile({ folder: folder.path, name: 'store' });
    await letters.append([letter(1)]);
    await appendFile(join(folder.path, 'store.ndjson'), '{"atMs":12,"wor');
    await letters.append([letter(2)]);
    expect(await payloadsOf(letters)).toEqual([1, 2]);
    for await (const { damagedLines } of letters.read()) expect(damagedLines).toBe(1);
  });

  it('puts a large file away, and deletes the oldest beyond a number of files, saying how much that was', async () => {
    await using folder = await temporaryFolder();
    const letters = new DeadLetterFile({
      folder: folder.path,
      name: 'store',
      maxFileBytes: 100,
      maxOldFiles: 2,
    });
    const deleted: number[] = [];
    for (let index = 0; index < 10; index++)
      deleted.push(await letters.append([letter(index), letter(index)]));
    expect(deleted).toEqual([0, 0, 2, 2, 2, 2, 2, 2, 2, 2]);
    expect(await payloadsOf(letters)).toEqual([8, 8, 9, 9]);
    expect(await readdir(folder.path)).toEqual([`store.${NOW_MS + 8}.ndjson`, `store.${NOW_MS + 9}.ndjson`]);
  });

  it('can be looked after while others write', async () => {
    await using folder = await temporaryFolder();
    const writer = new DeadLetterFile({ folder: folder.path, name: 'store' });
    const file = new DeadLetterFile({ folder: folder.path, name: 'store' });
    await writer.append([letter(1), letter(2), letter(3)]);
    for await (const { letters, replace } of file.take(NOW_MS)) {
      await writer.append([letter(4)]);
      await replace(letters.filter(({ payload }) => payload === 2));
    }
    expect(await payloadsOf(writer)).toEqual([2, 4]);
    for await (const { replace } of file.take(NOW_MS)) await replace([]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('writes again what went into a file that was put away meanwhile', async () => {
    await using folder = await temporaryFolder();
    const letters = new DeadLetterFile({ folder: folder.path, name: 'store' });
    await letters.append([letter(1)]);
    const writing = letters.append([letter(2)]);
    await rename(join(folder.path, 'store.ndjson'), join(folder.path, 'elsewhere'));
    await writing;
    // Whether the letter came before or after the renaming, it is in the file that will be read.
    expect(await payloadsOf(letters)).toEqual([2]);
  });

  it('that cannot be written says so', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), '');
    const letters = new DeadLetterFile({ folder: join(folder.path, 'file'), name: 'store' });
    await expect(letters.append([letter(1)])).rejects.toMatchObject({
      code: 'OUTBOX_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('store.ndjson'),
    });
  });
});
