import type { Config } from '../config/schema.js';
import type { Batching } from '../inference/micro-batcher.js';

/** Of the time that a window may wait for others, the share before it is run; the rest is for writing its result with others. */
const SHARE_BEFORE_RUN = 0.9;

/**
 * How windows are run together: a batch leaves when it is full, or when its oldest window has waited.
 *
 * No batch leaves early because an idle worker would take it: each costs as much as two windows besides, on the way of its
 * results. So batches become larger by themselves as the load grows.
 */
export function batchingOf(infer: Config['infer']): Batching {
  const { latencyMs, maxWaitMs = latencyMs * SHARE_BEFORE_RUN, maxBatch } = infer;
  return { ...infer, maxWaitMs, enough: maxBatch };
}

/** How long results wait to be written together, milliseconds. */
export function flushIntervalOf({ store, infer }: Pick<Config, 'store' | 'infer'>): number {
  return store.flushIntervalMs ?? infer.latencyMs * (1 - SHARE_BEFORE_RUN);
}
