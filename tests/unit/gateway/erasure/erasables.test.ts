import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accessFile, changeAccessFile, readAccessFile } from '../../../../src/access/access-file.js';
import { configSchema } from '../../../../src/config/schema.js';
import type { Erasable } from '../../../../src/domain/erasable.js';
import {
  erasableCredentials,
  erasableLeftOutbox,
  erasableRecordings,
  erasablesOnDisk,
  framesFolder,
} from '../../../../src/gateway/erasure/erasables.js';
import { storeDeadLetters } from '../../../../src/gateway/retention.js';
import { systemClock } from '../../../../src/shared/clock.js';
import { openLmdbStore } from '../../../../src/storage/embedded/lmdb-store.js';
import { openLmdbJournal } from '../../../../src/storage/journal/lmdb-journal.js';
import { KeptFrames } from '../../../../src/storage/kept-frames.js';
import { createLmdbOutbox } from '../../../../src/storage/outbox/lmdb-outbox.js';
import { StoreQueues } from '../../../../src/storage/outbox/store-queues.js';
import { makeRecords } from '../../../helpers/make-access.js';
import {
  deviceId,
  makeApparel,
  makeBatch,
  makeStatus,
  makeWindow,
  PHONE,
} from '../../../helpers/make-results.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { LMDB_PROBE } from '../../../helpers/worker-url.js';

const OTHER = deviceId('phone-10');

/** Has an erasable that holds something of both devices forget one, and looks at both. */
async function forgetOne(erasable: Erasable): Promise<{ before: boolean[]; after: boolean[] }> {
  const look = () => Promise.all([PHONE, OTHER].map((device) => erasable.holds(device)));
  const before = await look();
  await erasable.forget(PHONE);
  return { before, after: await look() };
}

const LETS_GO = { before: [true, true], after: [false, true] };

async function writeRecording(folder: string, name: string, device: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'recording.json'), JSON.stringify({ device }));
  await writeFile(join(folder, name, 'accelerometer.csv.gz'), 'samples');
}

describe('erasablesOnDisk', () => {
  it('let go of journalled messages, results and recordings of one device only', async () => {
    await using folder = await temporaryFolder();
    const config = configSchema.parse({ dataDir: folder.path });
    await using store = await openLmdbStore({ path: join(folder.path, 'store') });
    await using journal = await openLmdbJournal({ path: join(folder.path, 'journal'), clock: systemClock });
    for (const device of [PHONE, OTHER]) {
      const message = {
        format: 'alongside',
        topic: 't',
        device,
        payload: Buffer.from('x'),
        receivedAtMs: 0,
      } as const;
      await journal.append(message).kept;
      await journal.update({ released: [], checkpoints: [{ device, state: {} }], forgotten: [] });
      await store.write(
        makeBatch({
          windows: [makeWindow({ device })],
          statuses: [makeStatus({ device })],
          apparel: [makeApparel({ device })],
        }),
      );
      await writeRecording(join(folder.path, 'recordings'), device, device);
      const kept = new KeptFrames(framesFolder(config.dataDir));
      await kept.keep({ device, timeMs: 0, image: Uint8Array.of(0xff) });
      const payload = { kind: 'windows', point: makeWindow({ device }) };
      await storeDeadLetters(config).append([{ atMs: 0, words: 'no', payload }]);
    }
    const erasables = erasablesOnDisk(config, { store, journal, clock: systemClock });
    expect(erasables.map(({ name }) => name)).toEqual([
      'journal',
      'dead letters',
      'results',
      'recordings',
      'frames',
      'settings',
      'set aside',
    ]);
    for (const erasable of erasables.slice(0, 5))
      expect(await forgetOne(erasable), erasable.name).toEqual(LETS_GO);
    expect(await readdir(join(folder.path, 'recordings'))).toEqual([OTHER]);
  });
});

describe(erasableLeftOutbox, () => {
  it('lets go of results of one device that wait for a store', async () => {
    await using folder = await temporaryFolder();
    const config = configSchema.parse({ dataDir: folder.path });
    const path = join(folder.path, 'outbox');
    const open = () => createLmdbOutbox({ path, clock: systemClock, probeUrl: LMDB_PROBE });
    {
      await using outbox = open();
      const windows = [PHONE, OTHER].map((device) => makeWindow({ device }));
      await new StoreQueues(outbox).keep(makeBatch({ windows }), 0);
    }
    expect(await forgetOne(erasableLeftOutbox(config, systemClock, open))).toEqual(LETS_GO);
  });

  it('makes no folder where there is none', async () => {
    await using folder = await temporaryFolder();
    const erasable = erasableLeftOutbox(configSchema.parse({ dataDir: folder.path }), systemClock);
    await erasable.forget(PHONE);
    expect(await erasable.holds(PHONE)).toBe(false);
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe('what was set aside', () => {
  it('is named, since nobody can look through it', async () => {
    await using folder = await temporaryFolder();
    const config = configSchema.parse({ dataDir: folder.path });
    await using store = await openLmdbStore({ path: join(folder.path, 'store') });
    await using journal = await openLmdbJournal({ path: join(folder.path, 'journal'), clock: systemClock });
    const setAside = erasablesOnDisk(config, { store, journal, clock: systemClock }).at(-1);
    await setAside?.forget(PHONE);
    await mkdir(join(folder.path, 'journal.damaged-2026-01-31'));
    await expect(setAside?.forget(PHONE)).rejects.toThrow(/journal\.damaged-2026-01-31.*by hand/);
  });
});

describe('recordings that can be erased', () => {
  it('has nothing where there is no folder', async () => {
    await using folder = await temporaryFolder();
    const erasable = erasableRecordings([join(folder.path, 'none')]);
    await erasable.forget(PHONE);
    expect(await erasable.holds(PHONE)).toBe(false);
  });

  it('does not say that all is well while a recording does not say whose it is', async () => {
    await using folder = await temporaryFolder();
    await writeRecording(folder.path, 'a', PHONE);
    await writeFile(join(folder.path, 'a', 'recording.json'), 'rubbish');
    await expect(erasableRecordings([folder.path]).forget(PHONE)).rejects.toMatchObject({
      code: 'RECORDING_INVALID',
    });
  });
});

describe('credentials that can be erased', () => {
  it('takes out the device, and has it count at once', async () => {
    await using folder = await temporaryFolder();
    const config = configSchema.parse({ dataDir: folder.path });
    const { records } = await makeRecords([PHONE, OTHER]);
    await changeAccessFile(accessFile(folder.path), () => records);
    let reloads = 0;
    const erasable = erasableCredentials(config, () => {
      reloads += 1;
      return Promise.resolve();
    });
    expect(await forgetOne(erasable)).toEqual(LETS_GO);
    expect(reloads).toBe(1);
    expect((await readAccessFile(accessFile(folder.path))).tokens).toEqual(records.tokens);
  });

  it('makes no file where there is none', async () => {
    await using folder = await temporaryFolder();
    await erasableCredentials(configSchema.parse({ dataDir: folder.path })).forget(PHONE);
    expect(await readdir(folder.path)).toEqual([]);
  });
});
