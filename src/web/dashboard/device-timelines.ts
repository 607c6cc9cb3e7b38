import { answerOf } from '../client/client.js';
import type { Timelines } from '../core/intervals.js';
import type { Range } from '../core/range.js';
import type { Dashboard } from './dashboard.js';

export interface LoadedTimelines {
  readonly timelines: Timelines;
  /** Ends of intervals are right to within this; 0: they are exact. */
  readonly resolutionMs: number;
}

export interface Detail {
  /** Up to this length of time every interval is loaded as it was. */
  readonly exactUpToMs: number;
  /** Beyond it, intervals are thinned to so many slots. */
  readonly slots: number;
}

/** Timelines of all targets of a device. */
export async function loadTimelines(
  { session, targets }: Pick<Dashboard, 'session' | 'targets'>,
  device: string,
  range: Range,
  { exactUpToMs, slots }: Detail,
  signal: AbortSignal,
): Promise<LoadedTimelines> {
  const client = session.client.value;
  const lengthMs = range.toMs - range.fromMs;
  const resolutionMs = lengthMs <= exactUpToMs ? 0 : lengthMs / slots;
  const query = {
    from: String(Math.floor(range.fromMs)),
    to: String(Math.ceil(range.toMs)),
    ...(resolutionMs === 0 ? {} : { resolutionMs }),
  };
  const loaded = await Promise.all(
    targets.value.map(async (target) => {
      const params = { path: { id: device }, query: { ...query, target } };
      const answer = await answerOf(client.GET('/v1/devices/{id}/timeline', { params, signal }));
      return [target, answer.intervals] as const;
    }),
  );
  return { timelines: Object.fromEntries(loaded), resolutionMs };
}
