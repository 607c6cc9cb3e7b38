import type { DeviceId } from '../domain/ids.js';
import type { StatusInterval } from '../domain/status.js';
import { isBinary, type Manifest } from '../models/manifest.js';
import type { HttpDependencies } from './dependencies.js';
import { requireDevice } from './known-device.js';
import { queryProblem } from './problem.js';
import { resolveTimeRange } from './time-range.js';

export interface TimelineQuery {
  readonly target: string;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * Statuses of one target over a time range, at most until now.
 *
 * @throws HttpProblem 400 for a range or target that cannot be, 404 for a device nobody knows
 */
export async function readTimeline(
  id: DeviceId,
  query: TimelineQuery,
  dependencies: Pick<HttpDependencies, 'buildTimeline' | 'clock' | 'devices' | 'models' | 'store'>,
): Promise<readonly StatusInterval[]> {
  const { buildTimeline, clock, models, store } = dependencies;
  const nowMs = clock.nowMs();
  const range = resolveTimeRange(query, nowMs);
  const points = await store.statuses(id, query.target, range);
  if (points.length === 0) {
    await requireDevice(id, dependencies);
    requireTarget(query.target, models());
  }
  // Nothing is known of the future, not even that it is unknown; but a device's clock, or a replay, may be ahead.
  const knownUntilMs = Math.max(nowMs, points.at(-1)?.atMs ?? nowMs);
  return buildTimeline(points, { ...range, toMs: Math.min(range.toMs, knownUntilMs) });
}

/** A target that no model has may still have stored statuses, of a model that is gone; without them it is a mistake. */
function requireTarget(target: string, models: readonly Manifest[]): void {
  const known = new Set(models.flatMap(statusTargetsOf));
  if (known.has(target)) return;
  const names = known.size === 0 ? 'no model is active' : `the models have ${[...known].sort().join(', ')}`;
  throw queryProblem('target', `there is no target ${target}; ${names}`);
}

function statusTargetsOf(model: Manifest): string[] {
  return model.kind === 'sequence' ? model.targets.filter(isBinary).map(({ name }) => name) : [];
}
