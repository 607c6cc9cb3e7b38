import type { IPoint } from 'influx';
import { NO_RESULTS, type RefusedPoints, type ResultBatch, type WriteReport } from '../../domain/store.js';
import { keepStorable, pointCount, UNSTORABLE } from '../points.js';
import { apparelPoint, companyPoint, statusPoint, windowPoint } from './influx-points.js';

/** Writes points in one request. */
type SendPoints = (points: IPoint[]) => Promise<SendAnswer>;

/**
 * Writes a batch in requests of at most so many lines, each of one kind of points, and finds out which points are refused
 * for good.
 *
 * @throws whatever `send` throws; then nothing of the batch may be assumed to be written
 */
export async function writeBatch(
  batch: ResultBatch,
  batchLines: number,
  send: SendPoints,
): Promise<WriteReport> {
  const { batch: storable, refused, refusedWindows } = keepStorable(batch);
  const windows = await writeAll(storable.windows, windowPoint, batchLines, send);
  const statuses = await writeAll(storable.statuses, statusPoint, batchLines, send);
  const apparel = await writeAll(storable.apparel, apparelPoint, batchLines, send);
  const company = await writeAll(storable.company, companyPoint, batchLines, send);
  const refusedPoints: RefusedPoints[] = [
    ...windows.map(({ items, words }) => ({ batch: { ...NO_RESULTS, windows: items }, words })),
    ...statuses.map(({ items, words }) => ({ batch: { ...NO_RESULTS, statuses: items }, words })),
    ...apparel.map(({ items, words }) => ({ batch: { ...NO_RESULTS, apparel: items }, words })),
    ...company.map(({ items, words }) => ({ batch: { ...NO_RESULTS, company: items }, words })),
  ];
  const dropped = refusedPoints.reduce((sum, points) => sum + pointCount(points.batch), 0);
  const droppedWindows = windows.reduce((sum, { items }) => sum + items.length, 0);
  return {
    written: pointCount(storable) - dropped,
    refused: refused + dropped,
    refusedWindows: refusedWindows + droppedWindows,
    refusal: refusedPoints[0]?.words ?? (refused > 0 ? UNSTORABLE : undefined),
    ...(refusedPoints.length === 0 ? {} : { refusedPoints }),
  };
}

/** A point as it goes over the wire, and what it stands for. */
interface Line<T> {
  readonly item: T;
  readonly point: IPoint;
}

async function writeAll<T>(
  items: readonly T[],
  toPoint: (item: T) => IPoint,
  batchLines: number,
  send: SendPoints,
): Promise<Refused<T>[]> {
  const lines = items.map((item): Line<T> => ({ item, point: toPoint(item) }));
  const refused: Refused<T>[] = [];
  for (let start = 0; start < lines.length; start += batchLines) {
    const part = lines.slice(start, start + batchLines);
    const found = await sendApart(part, (some) => send(some.map(({ point }) => point)), byLikeness);
    for (const { items: some, words } of found) refused.push({ items: some.map(({ item }) => item), words });
  }
  return refused;
}

/** Points with the same fields are refused for the same reasons, and so are the oldest. */
function byLikeness(a: Line<unknown>, b: Line<unknown>): number {
  const [shapeA, shapeB] = [shapeOf(a), shapeOf(b)];
  if (shapeA !== shapeB) return shapeA < shapeB ? -1 : 1;
  return Number(a.point.timestamp) - Number(b.point.timestamp);
}

function shapeOf({ point }: Line<unknown>): string {
  return Object.keys(point.fields ?? {})
    .sort()
    .join();
}

/** Items that the receiver will never take, and its words about them. */
interface Refused<T> {
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
