import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Journal } from '../../../../src/domain/journal.js';
import { openLmdbJournal, takesRoom } from '../../../../src/storage/journal/lmdb-journal.js';
import { rawMessage, textsIn, updateOf } from '../../../helpers/journal-contract.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { LMDB_PROBE } from '../../../helpers/worker-url.js';

const openIn = (path: string): Promise<Journal> =>
  openLmdbJournal({ path, clock: { nowMs: () => 0 }, probeUrl: LMDB_PROBE });

/** Lets what is only waiting for promises go on; what waits for a timer or the disk does not. */
async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

describe('the journal on disk', () => {
  it('numbers messages on where the last run has ended, so that none takes the place of another', async () => {
    await using folder = await temporaryFolder();
    {
      await using journal = await openIn(folder.path);
      const ids = ['a', 'b', 'c'].map((text) => journal.append(rawMessage(text)));
      await Promise.all(ids.map(({ kept }) => kept));
      expect(ids.map(({ id }) => id)).toEqual([1, 2, 3]);
      await journal.update(updateOf({ released: [1] }));
    }
    await using journal = await openIn(folder.path);
    const { id, kept } = journal.append(rawMessage('d'));
    await kept;
    expect(id).toBe(4);
    expect(journal.size).toBe(3);
    expect(textsIn(journal)).toEqual([
      [2, 'b'],
      [3, 'c'],
      [4, 'd'],
    ]);
  });

  it('lets messages gather for one commit while many send, and keeps nobody waiting who sends alone', async () => {
    await using folder = await temporaryFolder();
    await using journal = await openIn(folder.path);
    const kept: string[] = [];
    const append = (text: string): Promise<void> =>
      journal.append(rawMessage(text)).kept.then(() => void kept.push(text));

    const alone = append('alone');
    await settlePromises();
    const behind = append('behind');
    await alone;
    await settlePromises();
    expect(kept).toEqual(['alone']);
    await behind;

    const many = [append('a')];
    await settlePromises();
    many.push(append('b'), append('c'));
    await Promise.all(many);
    const first = append('first');
    await settlePromises();
    const together = append('together');
    await first;
    await settlePromises();
    expect(kept.slice(-2)).toEqual(['first', 'together']);
    await together;
  });

  it('keeps what was given to it before it was closed, also what waits behind another commit', async () => {
    await using folder = await temporaryFolder();
    const journal = await openIn(folder.path);
    const ids = Array.from({ length: 40 }, (_, index) => journal.append(rawMessage(`message ${index}`)));
    let kept = 0;
    for (const { kept: isKept } of ids) void isKept.then(() => (kept += 1));
    await journal[Symbol.asyncDispose]();
    expect(kept).toBe(40);
    await using next = await openIn(folder.path);
    expect(textsIn(next)).toHaveLength(40);
  });

  it('keeps no byte of what was released once it is told to erase, and goes on', async () => {
    await using folder = await temporaryFolder();
    await using journal = await openIn(folder.path);
    const secret = 'somebody-who-left';
    const messages = Array.from({ length: 300 }, (_, index) =>
      journal.append(
        rawMessage(index % 3 === 0 ? `${secret} ${index} `.repeat(50) : `other ${index} `.repeat(90)),
      ),
    );
    await Promise.all(messages.map(({ kept }) => kept));
    const isInFile = async () => (await readFile(join(folder.path, 'data.mdb'))).includes(secret);
    await journal.update(updateOf({ released: messages.map(({ id }) => id).filter((id) => id % 3 === 1) }));
    expect(await isInFile()).toBe(true);
    const later = journal.append(rawMessage('while it is erased'));
    await Promise.all([journal.erase(), later.kept]);
    await journal.append(rawMessage('afterwards')).kept;
    expect(await isInFile()).toBe(false);
    const texts = textsIn(journal).map(([, text]) => text);
    expect(texts).toHaveLength(202);
    expect(texts.slice(-2)).toEqual(['while it is erased', 'afterwards']);
  });
});

describe(takesRoom, () => {
  it.each([
    [['takes'], true],
    [['neither', 'takes'], true],
    [['neither'], false],
    [['gives'], false],
    [['takes', 'gives'], false],
    [['gives', 'takes', 'takes'], false],
    [[], false],
  ] as const)('is said of %j: %s', (rooms, expected) => {
    expect(takesRoom(rooms.map((room) => ({ room })))).toBe(expected);
  });
});
