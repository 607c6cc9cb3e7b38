import { answerOf, type StatusInterval } from '../../client/client.js';
import type { Range } from '../core/range.js';
import type { Dashboard } from './dashboard.js';

/** Intervals by target. */
export type Timelines = Readonly<Record<string, readonly StatusInterval[]>>;

/** Timelines of all targets of a device, thinned to as many slots as can be seen. */
export async function loadTimelines(
  { session, targets }: Pick<Dashboard, 'session' | 'targets'>,
  device: string,
  range: Range,
  slots: number,
  signal: AbortSignal,
): Promise<Timelines> {
  const client = session.client.value;
  const query = { from: String(Math.floor(range.fromMs)), to: String(Math.ceil(range.toMs)) };
  const resolutionMs = Math.max(1, (range.toMs - range.fromMs) / slots);
  const loaded = await Promise.all(
    targets.value.map(async (target) => {
      const params = { path: { id: device }, query: { ...query, target, resolutionMs } };
      const answer = await answerOf(client.GET('/v1/devices/{id}/timeline', { params, signal }));
      return [target, answer.intervals] as const;
    }),
  );
  return Object.fromEntries(loaded);
}
