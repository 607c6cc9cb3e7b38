import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLmdbOutbox } from '../../../../src/storage/outbox/lmdb-outbox.js';
import type { Outbox } from '../../../../src/storage/outbox/outbox.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { LMDB_PROBE } from '../../../helpers/worker-url.js';

const QUEUE = 'store/windows';
const ALL = { entries: 100 };

const openIn = (path: string): Outbox =>
  createLmdbOutbox({ path, clock: { nowMs: () => 0 }, probeUrl: LMDB_PROBE });

const textsIn = async (outbox: Outbox): Promise<[number, string][]> =>
  (await outbox.peek(QUEUE, ALL)).entries.map(({ id, payload }) => [id, Buffer.from(payload).toString()]);

const bytes = (...texts: string[]): Uint8Array[] => texts.map((text) => Buffer.from(text));

describe('the outbox on disk', () => {
  it('numbers entries on where the last run has ended, also when nothing was left', async () => {
    await using folder = await temporaryFolder();
    {
      await using outbox = openIn(folder.path);
      await outbox.append(QUEUE, bytes('a', 'b'), 0);
      await outbox.settle(QUEUE, [1, 2]);
    }
    await using outbox = openIn(folder.path);
    await outbox.append(QUEUE, bytes('c'), 0);
    expect(await textsIn(outbox)).toEqual([[3, 'c']]);
    expect(outbox.size(QUEUE).entries).toBe(1);
  });

  it('has on the disk what it says it has, without being closed', async () => {
    await using folder = await temporaryFolder();
    await using outbox = openIn(folder.path);
    await outbox.append(QUEUE, bytes('before'), 0);
    await outbox.append(QUEUE, bytes('a-text-of-its-own'), 0);
    expect((await readFile(join(folder.path, 'data.mdb'))).includes('a-text-of-its-own')).toBe(true);
  });

  it('gives as many bytes as asked for and not one more, but always one entry', async () => {
    await using folder = await temporaryFolder();
    await using outbox = openIn(folder.path);
    await outbox.append(QUEUE, bytes('12345', '12345', '12345'), 0);
    const given = async (limit: number) =>
      (await outbox.peek(QUEUE, { entries: 10, bytes: limit })).entries.length;
    expect([await given(9), await given(10), await given(14), await given(1)]).toEqual([1, 2, 2, 1]);
  });

  it('removes up to the limit and not one more', async () => {
    await using folder = await temporaryFolder();
    await using outbox = openIn(folder.path);
    for (const [index, text] of ['a', 'b', 'c', 'd'].entries())
      await outbox.append(QUEUE, bytes(text), index);
    const each = outbox.size(QUEUE).bytes / 4;
    expect(await outbox.trim(QUEUE, { maxBytes: 4 * each, keepFromMs: 1 })).toEqual({
      tooOld: 1,
      tooMuch: 0,
    });
    expect(await outbox.trim(QUEUE, { maxBytes: 2 * each, keepFromMs: 1 })).toEqual({
      tooOld: 0,
      tooMuch: 1,
    });
    expect((await textsIn(outbox)).map(([, text]) => text)).toEqual(['c', 'd']);
  });

  it('purges what is unwanted, byte by byte, and keeps what comes meanwhile', async () => {
    await using folder = await temporaryFolder();
    await using outbox = openIn(folder.path);
    const secret = 'somebody-who-left';
    await outbox.append(
      QUEUE,
      bytes(...Array.from({ length: 90 }, (_, i) => (i % 2 === 0 ? secret : `other ${i}`))),
      0,
    );
    let removed = 0;
    const purged = outbox.purge(
      QUEUE,
      (payload) => Buffer.from(payload).includes(secret),
      (entries) => {
        removed += entries;
      },
    );
    await Promise.all([purged, outbox.append(QUEUE, bytes('meanwhile'), 0)]);
    expect(removed).toBe(45);
    expect((await readFile(join(folder.path, 'data.mdb'))).includes(secret)).toBe(false);
    const texts = (await textsIn(outbox)).map(([, text]) => text);
    expect([texts.length, texts.at(-1)]).toEqual([46, 'meanwhile']);
  });
});
