import { describe, expect, it } from 'vitest';
import type { ResultBatch, WriteReport } from '../../../../src/domain/store.js';
import { GatewayError } from '../../../../src/shared/errors.js';
import { type DeadLetter, DeadLetterFile } from '../../../../src/storage/outbox/dead-letter-file.js';
import { resendDeadLetters } from '../../../../src/storage/outbox/dead-letters.js';
import { makeBatch, makeStatus, makeWindow } from '../../../helpers/make-results.js';
import { type TemporaryFolder, temporaryFolder } from '../../../helpers/temporary-folder.js';

const NOW_MS = 5000;
const TAKEN: WriteReport = { written: 0, refused: 0, refusedWindows: 0, refusal: undefined };

const letter = (payload: unknown): DeadLetter => ({ atMs: 1, words: 'refused', payload });
const windowLetter = (endMs: number) => letter({ kind: 'windows', point: makeWindow({ endMs }) });

async function fileWith(folder: TemporaryFolder, letters: readonly DeadLetter[]): Promise<DeadLetterFile> {
  const file = new DeadLetterFile({ folder: folder.path, name: 'store' });
  await file.append(letters);
  return file;
}

async function lettersIn(file: DeadLetterFile): Promise<DeadLetter[]> {
  const all: DeadLetter[] = [];
  for await (const { letters } of file.read()) all.push(...letters);
  return all;
}

describe(resendDeadLetters, () => {
  it('hands over what the store takes, and keeps what it refuses with its new words', async () => {
    await using folder = await temporaryFolder();
    const status = letter({ kind: 'statuses', point: makeStatus() });
    const file = await fileWith(folder, [windowLetter(1), windowLetter(2), status]);
    const refused = makeWindow({ endMs: 2 });
    const written: ResultBatch[] = [];
    const write = (batch: ResultBatch) => {
      written.push(batch);
      const refusedPoints = [{ batch: makeBatch({ windows: [refused] }), words: 'still no' }];
      return Promise.resolve({ ...TAKEN, refused: 1, refusedWindows: 1, refusedPoints });
    };
    const resent = await resendDeadLetters(file, { write }, NOW_MS);
    expect(resent).toEqual({ sent: 2, refused: 1, unreadable: 0 });
    expect(written).toEqual([
      makeBatch({ windows: [makeWindow({ endMs: 1 }), refused], statuses: [makeStatus()] }),
    ]);
    expect(await lettersIn(file)).toEqual([
      { atMs: NOW_MS, words: 'still no', payload: { kind: 'windows', point: refused } },
    ]);
  });

  it('keeps every letter while the store is away', async () => {
    await using folder = await temporaryFolder();
    const letters = [windowLetter(1), windowLetter(2)];
    const file = await fileWith(folder, letters);
    const away = new GatewayError('STORE_UNAVAILABLE', 'away', { retryable: true });
    await expect(resendDeadLetters(file, { write: () => Promise.reject(away) }, NOW_MS)).rejects.toBe(away);
    expect(await lettersIn(file)).toEqual(letters);
  });

  it('keeps what was not sent when the store goes away half way', async () => {
    await using folder = await temporaryFolder();
    const file = await fileWith(
      folder,
      Array.from({ length: 2500 }, (_, index) => windowLetter(index)),
    );
    let calls = 0;
    const write = () => {
      calls += 1;
      return calls === 1 ? Promise.resolve(TAKEN) : Promise.reject(new Error('gone'));
    };
    await expect(resendDeadLetters(file, { write }, NOW_MS)).rejects.toThrow('gone');
    expect(await lettersIn(file)).toEqual(
      Array.from({ length: 500 }, (_, index) => windowLetter(2000 + index)),
    );
  });

  it('leaves letters alone that are no points', async () => {
    await using folder = await temporaryFolder();
    const odd = letter({ kind: 'something' });
    const file = await fileWith(folder, [odd, windowLetter(1)]);
    const resent = await resendDeadLetters(file, { write: () => Promise.resolve(TAKEN) }, NOW_MS);
    expect(resent).toEqual({ sent: 1, refused: 0, unreadable: 1 });
    expect(await lettersIn(file)).toEqual([odd]);
  });
});
