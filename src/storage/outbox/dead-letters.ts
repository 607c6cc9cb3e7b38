import type { Expiry, RefusedPoints, Store } from '../../domain/store.js';
import { gather, type LoosePoint, loosen, parseLoosePoint } from '../point-codec.js';
import type { DeadLetter, DeadLetterFile } from './dead-letter-file.js';

/** What became of dead letters that were sent again. */
interface Resent {
  readonly sent: number;
  /** Refused once more; they stay, with the store's new words. */
  readonly refused: number;
  /** Letters that hold no point; they stay. */
  readonly unreadable: number;
}

const NOTHING: Resent = { sent: 0, refused: 0, unreadable: 0 };
const LETTERS_AT_ONCE = 2000;

/**
 * Sends points to the store that it has refused before. What it takes leaves the letters; sending a point that is there
 * already changes nothing.
 *
 * @param nowMs epoch milliseconds
 * @throws GatewayError as the store does; what was not sent by then stays among the letters
 */
export async function resendDeadLetters(
  file: Pick<DeadLetterFile, 'take'>,
  store: Pick<Store, 'write'>,
  nowMs: number,
): Promise<Resent> {
  let total = NOTHING;
  for await (const { letters, replace } of file.take(nowMs)) {
    let left: readonly DeadLetter[] = [];
    let done = 0;
    try {
      for (; done < letters.length; done += LETTERS_AT_ONCE) {
        const { resent, stay } = await resend(letters.slice(done, done + LETTERS_AT_ONCE), store, nowMs);
        total = sumOf(total, resent);
        left = left.concat(stay);
      }
    } finally {
      await replace([...left, ...letters.slice(done)]);
    }
  }
  return total;
}

async function resend(
  letters: readonly DeadLetter[],
  store: Pick<Store, 'write'>,
  nowMs: number,
): Promise<{ readonly resent: Resent; readonly stay: readonly DeadLetter[] }> {
  const points: LoosePoint[] = [];
  const unreadable: DeadLetter[] = [];
  for (const letter of letters) {
    const point = parseLoosePoint(letter.payload);
    if (point === undefined) unreadable.push(letter);
    else points.push(point);
  }
  const { refused, refusedPoints = [] } = await store.write(gather(points));
  const stay = [...refusedPoints.flatMap((each) => lettersOf(each, nowMs)), ...unreadable];
  return { resent: { sent: points.length - refused, refused, unreadable: unreadable.length }, stay };
}

function lettersOf({ batch, words }: RefusedPoints, atMs: number): DeadLetter[] {
  return loosen(batch).map((payload) => ({ atMs, words, payload }));
}

function sumOf(a: Resent, b: Resent): Resent {
  return {
    sent: a.sent + b.sent,
    refused: a.refused + b.refused,
    unreadable: a.unreadable + b.unreadable,
  };
}

/**
 * Removes the points among dead letters that have outlived their use, like a store does.
 *
 * @param nowMs epoch milliseconds
 */
export async function expireDeadLetters(
  file: Pick<DeadLetterFile, 'read' | 'take'>,
  expiry: Expiry,
  nowMs: number,
): Promise<void> {
  const isWanted = ({ payload }: DeadLetter): boolean => !isExpired(parseLoosePoint(payload), expiry);
  if (await areAll(file, isWanted)) return;
  for await (const { letters, replace } of file.take(nowMs)) await replace(letters.filter(isWanted));
}

/** Looking changes nothing; taking puts the file away that is being written. */
async function areAll(
  file: Pick<DeadLetterFile, 'read'>,
  isWanted: (letter: DeadLetter) => boolean,
): Promise<boolean> {
  for await (const { letters } of file.read()) {
    if (!letters.every(isWanted)) return false;
  }
  return true;
}

/** What is no point is never taken for old. */
function isExpired(loose: LoosePoint | undefined, expiry: Expiry): boolean {
  switch (loose?.kind) {
    case 'windows':
      return loose.point.endMs < (expiry.windowsBeforeMs ?? Number.NEGATIVE_INFINITY);
    case 'statuses':
      return loose.point.atMs < (expiry.statusesBeforeMs ?? Number.NEGATIVE_INFINITY);
    case 'apparel':
      return loose.point.atMs < (expiry.apparelBeforeMs ?? Number.NEGATIVE_INFINITY);
    case 'company':
      return loose.point.sinceMs < (expiry.companyBeforeMs ?? Number.NEGATIVE_INFINITY);
    case undefined:
      return false;
  }
}
