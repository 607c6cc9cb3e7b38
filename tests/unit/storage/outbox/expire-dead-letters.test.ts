import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { type DeadLetter, DeadLetterFile } from '../../../../src/storage/outbox/dead-letter-file.js';
import { expireDeadLetters } from '../../../../src/storage/outbox/dead-letters.js';
import { makeApparel, makeCompany, makeStatus, makeWindow } from '../../../helpers/make-results.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const letter = (payload: unknown): DeadLetter => ({ atMs: 1, words: 'refused', payload });
const LETTERS = [10, 20].flatMap((atMs) => [
  letter({ kind: 'windows', point: makeWindow({ endMs: atMs }) }),
  letter({ kind: 'statuses', point: makeStatus({ atMs }) }),
  letter({ kind: 'apparel', point: makeApparel({ atMs }) }),
  letter({ kind: 'company', point: makeCompany({ sinceMs: atMs }) }),
]);

async function left(file: DeadLetterFile): Promise<DeadLetter[]> {
  const all: DeadLetter[] = [];
  for await (const { letters } of file.read()) all.push(...letters);
  return all;
}

describe(expireDeadLetters, () => {
  it.each([
    ['windows', { windowsBeforeMs: 20 }, 0],
    ['statuses', { statusesBeforeMs: 20 }, 1],
    ['apparel', { apparelBeforeMs: 20 }, 2],
    ['company', { companyBeforeMs: 20 }, 3],
  ])('removes %s by their own age', async (_, expiry, index) => {
    await using folder = await temporaryFolder();
    const file = new DeadLetterFile({ folder: folder.path, name: 'store' });
    await file.append(LETTERS);
    await expireDeadLetters(file, expiry, 100);
    expect(await left(file)).toEqual(LETTERS.filter((_letter, each) => each !== index));
  });

  it('touches nothing while nothing is old, nor what is no point', async () => {
    await using folder = await temporaryFolder();
    const file = new DeadLetterFile({ folder: folder.path, name: 'store' });
    await file.append([...LETTERS, letter('odd')]);
    const expiry = { windowsBeforeMs: 10, statusesBeforeMs: 10, apparelBeforeMs: 10, companyBeforeMs: 10 };
    await expireDeadLetters(file, expiry, 100);
    expect(await readdir(folder.path)).toEqual(['store.ndjson']);
    expect(await left(file)).toHaveLength(9);
  });
});
