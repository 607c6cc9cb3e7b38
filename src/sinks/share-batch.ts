import type { PointKind } from '../storage/point-codec.js';

export type PointCounts = Readonly<Record<PointKind, number>>;

/**
 * How many points of each kind go into the next batch, when more wait than fit: up to half are statuses, up to an eighth
 * labels of apparel, the others windows; what one kind does not need goes to the others.
 *
 * @param points of the batch, at most
 */
export function shareBatch(waiting: PointCounts, points: number): PointCounts {
  const few = {
    statuses: Math.min(waiting.statuses, Math.ceil(points / 2)),
    apparel: Math.min(waiting.apparel, Math.floor(points / 8)),
  };
  const windows = Math.min(waiting.windows, points - few.statuses - few.apparel);
  const statuses = Math.min(waiting.statuses, points - windows - few.apparel);
  const apparel = Math.min(waiting.apparel, points - windows - statuses);
  return { windows, statuses, apparel };
}
