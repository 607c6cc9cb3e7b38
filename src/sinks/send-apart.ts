/** Items that the receiver will never take, and its words about them. */
export interface Refused<T> {
  readonly items: readonly T[];
  readonly words: string;
}

/**
 * What became of items that were sent together.
 *
 * - `taken`: all of them are there
 * - `too-large`: none is; fewer at once may be
 * - otherwise some will never be taken: `count` says how many, as far as the receiver did; the others are there
 */
export type SendAnswer =
  | 'taken'
  | 'too-large'
  | { readonly count: number | undefined; readonly words: string };

/**
 * Sends items and finds out which of them are refused for good, by sending ever smaller parts again. Sending an item
 * twice must be harmless.
 *
 * @param alike orders items so that those likely to be refused together lie together: that saves most of the sending
 */
export async function sendApart<T>(
  items: readonly T[],
  send: (items: readonly T[]) => Promise<SendAnswer>,
  alike: (a: T, b: T) => number,
): Promise<Refused<T>[]> {
  const answer = await send(items);
  if (answer === 'taken') return [];
  if (answer === 'too-large') return await sendHalves(items, (half) => sendApart(half, send, alike));
  const narrowDown = (part: readonly T[], last: SendAnswer): Promise<Refused<T>[]> => {
    if (last === 'taken') return Promise.resolve([]);
    if (last !== 'too-large' && (part.length === 1 || last.count === part.length)) {
      return Promise.resolve([{ items: part, words: last.words }]);
    }
    return sendHalves(part, async (half) => narrowDown(half, await send(half)));
  };
  return await narrowDown(items.toSorted(alike), answer);
}

async function sendHalves<T>(
  items: readonly T[],
  send: (half: readonly T[]) => Promise<Refused<T>[]>,
): Promise<Refused<T>[]> {
  const middle = Math.ceil(items.length / 2);
  return [...(await send(items.slice(0, middle))), ...(await send(items.slice(middle)))];
}
