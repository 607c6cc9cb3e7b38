import type { CompanyInterval } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import type { CompanyPoint, TimeRange } from '../domain/store.js';

/**
 * Turns changes into the intervals in which a device was together with another, in order of their beginnings. What has not
 * ended lasts until the end of the range.
 *
 * @param points ascending by time; they may begin before the range
 */
export function buildCompanyTimeline(points: readonly CompanyPoint[], range: TimeRange): CompanyInterval[] {
  const open = new Map<DeviceId, CompanyPoint>();
  const intervals: CompanyInterval[] = [];
  const end = (other: DeviceId, atMs: number): void => {
    const since = open.get(other);
    open.delete(other);
    if (since === undefined) return;
    const [fromMs, toMs] = [Math.max(since.sinceMs, range.fromMs), Math.min(atMs, range.toMs)];
    if (toMs > fromMs) intervals.push({ fromMs, toMs, with: other, probability: since.probability });
  };
  for (const point of points) {
    if (point.status !== 'together') end(point.with, point.sinceMs);
    else if (!open.has(point.with)) open.set(point.with, point);
  }
  for (const other of [...open.keys()]) end(other, Number.POSITIVE_INFINITY);
  return intervals.sort((a, b) => a.fromMs - b.fromMs || (a.with < b.with ? -1 : 1));
}

/** Whom a device is with, by the last of its changes with each. */
export function companyAfter(points: readonly CompanyPoint[]): DeviceId[] {
  const last = new Map(points.map((point) => [point.with, point.status]));
  return [...last].flatMap(([other, status]) => (status === 'together' ? [other] : []));
}
