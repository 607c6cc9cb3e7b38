import type { Expiry } from '../domain/store.js';
import type { DeadLetter, DeadLetterFile } from '../storage/outbox/dead-letter-file.js';
import { type LoosePoint, parseLoosePoint } from '../storage/point-codec.js';

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
    case undefined:
      return false;
  }
}
