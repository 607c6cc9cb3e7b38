import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { createLmdbOutbox } from '../../../../src/storage/outbox/lmdb-outbox.js';
import type { OutboxFolder } from '../../../../src/storage/outbox/outbox-tables.js';
import { fillDisk } from '../../../helpers/fill-disk.js';
import { bytes, describeOutboxContract, textsIn } from '../../../helpers/outbox-contract.js';
import { onSmallDisk } from '../../../helpers/small-disk.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { LMDB_PROBE } from '../../../helpers/worker-url.js';

const clock = { nowMs: () => Date.parse('2026-03-01T10:00:00Z') };

const openIn = (path: string, overrides: Partial<OutboxFolder> = {}) =>
  createLmdbOutbox({ path, clock, probeUrl: LMDB_PROBE, ...overrides });

describeOutboxContract('lmdb', async () => {
  const folder = await temporaryFolder();
  return {
    open: () => openIn(join(folder.path, 'outbox')),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});

const outboxModule = JSON.stringify(
  join(import.meta.dirname, '../../../../build/storage/outbox/lmdb-outbox.js'),
);
const A_COMMIT = 7;
const WRITER = `
  import { createLmdbOutbox } from ${outboxModule};
  const outbox = createLmdbOutbox({ path: process.argv[1], clock: { nowMs: () => 0 } });
  for (let commit = 0; ; commit++) {
    const payloads = Array.from({ length: ${A_COMMIT} }, (_, index) => Buffer.from(commit + '.' + index));
    await Promise.all([outbox.append('a', payloads, commit), outbox.append('b', payloads.slice(1), commit)]);
    if (commit % 5 === 4) {
      const { entries } = await outbox.peek('b', { entries: 10 });
      await outbox.settle('b', entries.map(({ id }) => id));
    }
    console.log(commit);
  }`;

describe('a process that appends and is killed with kill -9', () => {
  it.each([2, 30, 150])(
    'leaves every entry it reported, and no commit by half (after %i)',
    async (reports) => {
      await using folder = await temporaryFolder();
      const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, folder.path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(writer, 'exit');
      let reported = -1;
      for await (const line of createInterface({ input: writer.stdout })) {
        reported = Number(line);
        if (reported >= reports) writer.kill('SIGKILL');
      }
      await exited;

      await using outbox = openIn(folder.path);
      const texts = await textsIn(outbox, 'a', { entries: 100_000 });
      const commits = texts.length / A_COMMIT;
      expect(commits).toBeGreaterThanOrEqual(reported + 1);
      expect(commits).toBe(Math.floor(commits));
      const expected = Array.from({ length: texts.length }, (_, index) => [
        Math.floor(index / A_COMMIT),
        index % A_COMMIT,
      ]);
      expect(texts).toEqual(expected.map(([commit, index]) => `${commit}.${index}`));
      expect(outbox.size('a').entries).toBe(texts.length);
      const others = await textsIn(outbox, 'b', { entries: 100_000 });
      expect(outbox.size('b').entries).toBe(others.length);
      expect(others.at(-1)).toBe(texts.at(-1));
      await outbox.append('a', bytes('next'), 0);
      expect(await textsIn(outbox, 'a', { entries: 1, from: 'newest' })).toEqual(['next']);
    },
  );
});

describe('a damaged folder', () => {
  it('is set aside under a new name and reported, and the outbox begins again', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'outbox');
    await using before = openIn(path);
    await before.append('a', bytes('1'), 0);
    await before[Symbol.asyncDispose]();
    await writeFile(join(path, 'data.mdb'), Buffer.alloc(50_000, 'x'));

    const told: string[] = [];
    await using outbox = openIn(path, { onSetAside: (aside) => told.push(aside) });
    await outbox.append('a', bytes('2'), 0);
    expect(await textsIn(outbox, 'a')).toEqual(['2']);
    expect(told).toEqual([`${path}.damaged-2026-03-01T10-00-00.000Z`]);
    const aside = await stat(join(told[0] ?? '', 'data.mdb'));
    expect(aside.size).toBe(50_000);
  });
});

describe('a folder that cannot be used', () => {
  it('is told of with what to do, and used as soon as it can be', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'file', 'outbox');
    await writeFile(join(folder.path, 'file'), 'not a folder');
    await using outbox = openIn(path);
    const refusal = { code: 'OUTBOX_UNAVAILABLE', retryable: true, message: expect.stringContaining(path) };
    await expect(outbox.append('a', bytes('1'), 0)).rejects.toMatchObject(refusal);
    await expect(outbox.peek('a', { entries: 1 })).rejects.toMatchObject(refusal);
    await expect(outbox.open()).rejects.toMatchObject(refusal);
    expect(outbox.size('a').entries).toBe(0);

    await rm(join(folder.path, 'file'));
    await outbox.append('a', bytes('2'), 0);
    expect(await textsIn(outbox, 'a')).toEqual(['2']);
  });
});

describe('opened$', () => {
  it('emits when the sizes are known, before any other work goes on', async () => {
    await using folder = await temporaryFolder();
    await using before = openIn(folder.path);
    await before.append('a', bytes('1', '2'), 0);
    await before[Symbol.asyncDispose]();

    await using outbox = openIn(folder.path);
    const sizes: number[] = [];
    outbox.opened$.subscribe(() => sizes.push(outbox.size('a').entries));
    expect(outbox.size('a').entries).toBe(0);
    await outbox.append('a', bytes('3'), 0);
    expect(sizes).toEqual([2]);
  });
});

describe('closing', () => {
  it('waits for what was asked for and refuses what comes later', async () => {
    await using folder = await temporaryFolder();
    const outbox = openIn(folder.path);
    const first = outbox.append('a', bytes('1'), 0);
    const second = first.then(() => outbox.append('a', bytes('2'), 0));
    await outbox[Symbol.asyncDispose]();
    await first;
    await expect(second).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(outbox.peek('a', { entries: 1 })).rejects.toMatchObject({ code: 'CLOSED' });
    expect(outbox.size('a').entries).toBe(1);
    await outbox[Symbol.asyncDispose]();
  });
});

describe('the file', () => {
  it('holds no byte of what was settled or purged, once it is purged', async () => {
    await using folder = await temporaryFolder();
    await using outbox = openIn(folder.path);
    await outbox.append('a', bytes('settled-secret', 'purged-secret', 'kept-entry'), 0);
    await outbox.settle('a', [1]);
    const inFile = async (text: string) => (await readFile(join(folder.path, 'data.mdb'))).includes(text);
    expect(await inFile('settled-secret')).toBe(true);
    const isUnwanted = (payload: Uint8Array) => Buffer.from(payload).toString().startsWith('purged');
    await outbox.purge('a', isUnwanted, (entries) => expect(entries).toBe(1));
    expect(await inFile('secret')).toBe(false);
    expect(await inFile('kept-entry')).toBe(true);
    await outbox.append('a', bytes('later'), 0);
    await outbox[Symbol.asyncDispose]();
    expect(await inFile('later')).toBe(true);
    await using later = openIn(folder.path);
    expect(await textsIn(later, 'a')).toEqual(['kept-entry', 'later']);
  });

  it('gives its room back once it is empty and opened again', async () => {
    await using folder = await temporaryFolder();
    await using outbox = openIn(folder.path);
    await outbox.append('a', [Buffer.alloc(80 * 1024 * 1024)], 0);
    const { entries } = await outbox.peek('a', { entries: 1 });
    await outbox.settle(
      'a',
      entries.map(({ id }) => id),
    );
    await outbox[Symbol.asyncDispose]();
    await using later = openIn(folder.path);
    await later.append('a', bytes('1'), 0);
    expect((await stat(join(folder.path, 'data.mdb'))).size).toBeLessThan(1_000_000);
    expect(await textsIn(later, 'a')).toEqual(['1']);
  });
});

onSmallDisk('a full disk', 8, (disk) => {
  const fill = async (outbox: ReturnType<typeof openIn>): Promise<number> => {
    for (let kept = 0; ; kept += 50) {
      const error = await outbox
        .append(
          'a',
          Array.from({ length: 50 }, () => Buffer.alloc(1000)),
          kept,
        )
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
      if (error === undefined) continue;
      expect(error).toMatchObject({ code: 'OUTBOX_UNAVAILABLE', retryable: true });
      return kept;
    }
  };

  it('refuses what cannot be kept and has all that was acknowledged', async () => {
    await using outbox = openIn(join(disk(), 'one'));
    const kept = await fill(outbox);
    expect(outbox.size('a').entries).toBe(kept);
    expect((await outbox.peek('a', { entries: 100_000 })).entries).toHaveLength(kept);
    await outbox[Symbol.asyncDispose]();
    await using later = openIn(join(disk(), 'one'));
    expect((await later.peek('a', { entries: 100_000 })).entries).toHaveLength(kept);
  });

  const settleAll = async (outbox: ReturnType<typeof openIn>) => {
    while (outbox.size('a').entries > 0) {
      const { entries } = await outbox.peek('a', { entries: 1000 });
      await outbox.settle(
        'a',
        entries.map(({ id }) => id),
      );
    }
  };

  it('still lets go of what is delivered, and takes more then', async () => {
    await using outbox = openIn(join(disk(), 'one'));
    await fill(outbox);
    await settleAll(outbox);
    await outbox.append('a', bytes('1'), 0);
    expect(await textsIn(outbox, 'a')).toEqual(['1']);
  });

  it('that others have filled to the last byte loses nothing, and all goes on when there is room', async () => {
    await using outbox = openIn(join(disk(), 'one'));
    const kept = await fill(outbox);
    const others = join(disk(), 'others');
    await fillDisk(others);
    const refusal = { code: 'OUTBOX_UNAVAILABLE', retryable: true };
    await expect(outbox.append('a', bytes('1'), 0)).rejects.toMatchObject(refusal);
    await expect(settleAll(outbox)).rejects.toMatchObject(refusal);
    expect((await outbox.peek('a', { entries: 100_000 })).entries).toHaveLength(kept);
    await rm(others);
    await settleAll(outbox);
    await outbox.append('a', bytes('2'), 0);
    expect(await textsIn(outbox, 'a')).toEqual(['2']);
  });

  it('that is read-only is told of, and used as soon as it can be written', async () => {
    const path = join(disk(), 'two');
    await using outbox = openIn(path);
    await outbox.append('a', bytes('1'), 0);
    await outbox[Symbol.asyncDispose]();
    execFileSync('mount', ['-o', 'remount,ro', disk()]);
    await using later = openIn(path);
    await expect(later.append('a', bytes('2'), 0)).rejects.toMatchObject({
      code: 'OUTBOX_UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/read-only/i),
    });
    expect(await readdir(disk())).toContain('two');
    execFileSync('mount', ['-o', 'remount,rw', disk()]);
    await later.append('a', bytes('3'), 0);
    expect(await textsIn(later, 'a')).toEqual(['1', '3']);
  });
});
