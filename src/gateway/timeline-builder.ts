import type { Config } from '../config/schema.js';
import type { StatusInterval } from '../domain/status.js';
import type { StatusPoint, TimeRange } from '../domain/store.js';
import { buildTimeline } from '../storage/timeline.js';
import { trackOptions } from './stages.js';

/** Builds timelines whose idea of silence follows from how statuses are tracked. */
export function createTimelineBuilder(
  config: Config,
): (points: readonly StatusPoint[], range: TimeRange) => readonly StatusInterval[] {
  return (points, range) => {
    const target = points[0]?.target;
    if (target === undefined) return [];
    const { heartbeatMs, silenceMs, dwellMs } = trackOptions(config, target);
    // While a change waits out its dwell no heartbeat is said.
    const longestBeatMs = heartbeatMs + dwellMs + silenceMs;
    return buildTimeline(points, range, { silenceMs: longestBeatMs, longestGapMs: longestBeatMs });
  };
}
