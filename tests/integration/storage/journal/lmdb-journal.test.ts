import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from 'lmdb';
import { describe, expect, it } from 'vitest';
import type { Journal } from '../../../../src/domain/journal.js';
import { type LmdbJournalOptions, openLmdbJournal } from '../../../../src/storage/journal/lmdb-journal.js';
import { eventually } from '../../../helpers/eventually.js';
import { fillDisk } from '../../../helpers/fill-disk.js';
import { describeJournalContract, rawMessage, textsIn, updateOf } from '../../../helpers/journal-contract.js';
import { deviceId } from '../../../helpers/sensor-messages.js';
import { onSmallDisk } from '../../../helpers/small-disk.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { LMDB_PROBE } from '../../../helpers/worker-url.js';

const clock = { nowMs: () => Date.parse('2026-03-01T10:00:00Z') };

const openIn = (path: string, overrides: Partial<LmdbJournalOptions> = {}): Promise<Journal> =>
  openLmdbJournal({ path, clock, probeUrl: LMDB_PROBE, ...overrides });

/** Whether a promise is settled by now, or soon. */
async function isSettledSoon(promise: Promise<unknown>): Promise<boolean> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  return await Promise.race([settled, sleep(300).then(() => false)]);
}

describeJournalContract('lmdb', async () => {
  const folder = await temporaryFolder();
  return {
    open: () => openIn(join(folder.path, 'journal')),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});

const journalModule = JSON.stringify(
  join(import.meta.dirname, '../../../../build/storage/journal/lmdb-journal.js'),
);
const WRITER = `
  import { openLmdbJournal } from ${journalModule};
  const journal = await openLmdbJournal({ path: process.argv[1], clock: { nowMs: () => 0 } });
  const write = async (number) => {
    const message = { format: 'alongside', topic: 't', device: 'phone', payload: Buffer.from(String(number)), receivedAtMs: 0 };
    const { id, kept } = journal.append(message);
    await kept;
    console.log(number);
    if (number % 10 !== 9) return;
    const checkpoints = [{ device: 'phone', state: number }];
    await journal.update({ released: [id - 5], checkpoints, forgotten: [] });
  };
  for (let number = 0; ; number++) await Promise.race([write(number), new Promise((done) => setTimeout(done, 1))]);`;

describe('a process that appends and is killed with kill -9', () => {
  it.each([3, 60, 250])('leaves every message it reported (after %i)', async (reports) => {
    await using folder = await temporaryFolder();
    const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, folder.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(writer, 'exit');
    const reported: number[] = [];
    for await (const line of createInterface({ input: writer.stdout })) {
      reported.push(Number(line));
      if (reported.length >= reports) writer.kill('SIGKILL');
    }
    await exited;

    const damaged: string[] = [];
    await using journal = await openIn(folder.path, { onDamaged: (words) => damaged.push(words) });
    const left = new Set(textsIn(journal).map(([, text]) => Number(text)));
    // Number n has the id n + 1.
    const [checkpoint] = [...journal.checkpoints()];
    const last = typeof checkpoint?.state === 'number' ? checkpoint.state : -1;
    const isReleased = (number: number) => number % 10 === 4 && number + 5 <= last;
    expect(reported.filter((number) => !left.has(number) && !isReleased(number))).toEqual([]);
    expect([...left].filter(isReleased)).toEqual([]);
    expect(damaged).toEqual([]);
    await journal.append(rawMessage('next')).kept;
    expect(textsIn(journal).at(-1)?.[1]).toBe('next');
  });
});

describe('damage', () => {
  it.each([
    ['all of it', () => Buffer.alloc(50_000, 'x')],
    ['a page', (data: Buffer) => data.fill(0, 8192, data.length)],
    ['its end', (data: Buffer) => data.subarray(0, data.length - 4096)],
  ])('of the file (%s) sets the folder aside, says so, and a new journal is begun', async (_, damage) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'journal');
    const before = await openIn(path);
    for (let count = 0; count < 100; count++) void before.append(rawMessage('x'.repeat(1000)));
    await before[Symbol.asyncDispose]();
    const file = join(path, 'data.mdb');
    await writeFile(file, damage(await readFile(file)));

    const told: string[] = [];
    await using journal = await openIn(path, { onDamaged: (words) => told.push(words) });
    expect(told).toHaveLength(1);
    const aside = `${path}.damaged-2026-03-01T10-00-00.000Z`;
    expect(told[0]).toContain(aside);
    expect((await stat(join(aside, 'data.mdb'))).size).toBeGreaterThan(0);
    expect(textsIn(journal)).toEqual([]);
    await journal.append(rawMessage('new')).kept;
    expect(textsIn(journal).map(([, text]) => text)).toEqual(['new']);
  });

  it('of single records leaves them out, says so, and keeps the others', async () => {
    await using folder = await temporaryFolder();
    const before = await openIn(folder.path);
    const ids = ['a', 'b', 'c'].map((text) => before.append(rawMessage(text)).id);
    const phone = deviceId('phone');
    const checkpoints = [phone, deviceId('watch')].map((device) => ({ device, state: 1 }));
    await before.update(updateOf({ checkpoints }));
    await before[Symbol.asyncDispose]();
    const root = open({ path: folder.path, noSubdir: false });
    await root.openDB({ name: 'entries', encoding: 'binary' }).put(ids[1] ?? 0, Buffer.from('nonsense'));
    await root.openDB({ name: 'checkpoints', encoding: 'binary' }).put(phone, Buffer.alloc(0));
    await root.close();

    const told: string[] = [];
    const journal = await openIn(folder.path, { onDamaged: (words) => told.push(words) });
    expect(textsIn(journal).map(([, text]) => text)).toEqual(['a', 'c']);
    expect([...journal.checkpoints()].map(({ device }) => device)).toEqual(['watch']);
    expect(told).toHaveLength(2);
    await journal.flushed();
    expect(journal.size).toBe(2);
    await journal[Symbol.asyncDispose]();
    await using next = await openIn(folder.path, { onDamaged: (words) => told.push(words) });
    expect(textsIn(next)).toHaveLength(2);
    expect([...next.checkpoints()]).toHaveLength(1);
    expect(told).toHaveLength(2);
  });
});

describe('a folder that cannot be used', () => {
  it('is told of with what to do', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), 'not a folder');
    const path = join(folder.path, 'file', 'journal');
    await expect(openIn(path)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(path),
    });
  });
});

describe('closing', () => {
  it('waits for what is being kept and refuses what comes later', async () => {
    await using folder = await temporaryFolder();
    const journal = await openIn(folder.path);
    const { kept } = journal.append(rawMessage('a'));
    const update = journal.update(updateOf({ checkpoints: [{ device: deviceId('phone'), state: 1 }] }));
    await journal[Symbol.asyncDispose]();
    await Promise.all([kept, update]);
    await expect(journal.append(rawMessage('b')).kept).rejects.toMatchObject({ code: 'CLOSED' });
    await journal[Symbol.asyncDispose]();
    await using next = await openIn(folder.path);
    expect(textsIn(next).map(([, text]) => text)).toEqual(['a']);
  });
});

onSmallDisk('on a disk of 8 MB', 8, (disk) => {
  it('keeps nothing while the disk is full, says so, and keeps everything when there is room again', async () => {
    await using journal = await openIn(join(disk(), 'journal'));
    await journal.append(rawMessage('before')).kept;
    await fillDisk(join(disk(), 'other'));
    const later = Array.from({ length: 5 }, (_, index) => journal.append(rawMessage(`later ${index}`)).kept);
    expect(await isSettledSoon(Promise.race(later))).toBe(false);
    expect(journal.problem).toMatch(/full/);
    expect(await isSettledSoon(journal.flushed())).toBe(false);
    await rm(join(disk(), 'other'));
    await Promise.all(later);
    expect(journal.problem).toBeUndefined();
    expect(textsIn(journal)).toHaveLength(6);
  });

  it('does so again and again', async () => {
    await using journal = await openIn(join(disk(), 'journal'));
    for (let round = 0; round < 3; round++) {
      await fillDisk(join(disk(), 'other'));
      const { id, kept } = journal.append(rawMessage('x'.repeat(10_000)));
      const released = journal.update(updateOf({ released: [id - 1] }));
      await eventually(
        () => Promise.resolve(journal.problem),
        (problem) => problem !== undefined,
      );
      await rm(join(disk(), 'other'));
      await Promise.all([kept, released]);
    }
    expect(textsIn(journal)).toHaveLength(1);
  });

  it('that it has filled itself, keeps room to let go of what is no longer needed', async () => {
    await using journal = await openIn(join(disk(), 'journal'));
    const ids: number[] = [];
    const kept: Promise<void>[] = [];
    while (journal.problem === undefined) {
      const appended = journal.append(rawMessage('x'.repeat(50_000)));
      ids.push(appended.id);
      kept.push(appended.kept);
      await isSettledSoon(appended.kept);
    }
    expect(journal.problem).toMatch(/reserve|full/);
    await journal.update(updateOf({ released: ids.slice(0, -2) }));
    await Promise.all(kept);
    expect(textsIn(journal)).toHaveLength(2);
    expect(journal.problem).toBeUndefined();
  });

  it('ends in time while the disk is full, and what it has not kept was never said to be kept', async () => {
    const path = join(disk(), 'journal');
    const journal = await openIn(path);
    await journal.append(rawMessage('before')).kept;
    await fillDisk(join(disk(), 'other'));
    const { kept } = journal.append(rawMessage('never'));
    const refused = expect(kept).rejects.toMatchObject({ code: 'CLOSED', retryable: true });
    await journal[Symbol.asyncDispose]();
    await refused;
    // Nor does a full disk keep it from being opened.
    await using next = await openIn(path);
    expect(textsIn(next).map(([, text]) => text)).toEqual(['before']);
  });

  it('that is read-only cannot be opened, and nothing is changed', async () => {
    const path = join(disk(), 'journal');
    const before = await openIn(path);
    await before.append(rawMessage('before')).kept;
    await before[Symbol.asyncDispose]();
    execFileSync('mount', ['-o', 'remount,ro', disk()]);
    await expect(openIn(path)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/read-only/i),
    });
    execFileSync('mount', ['-o', 'remount,rw', disk()]);
    await using next = await openIn(path);
    expect(textsIn(next).map(([, text]) => text)).toEqual(['before']);
  });
});
