import type { Config } from '../config/schema.js';
import type { SynchroniseOptions } from '../stream/synchronise/device-aligner.js';

/** The synchroniser's settings as the configuration has them. */
export function synchroniseOptions(stream: Config['stream']): SynchroniseOptions {
  return { ...stream, earliestMs: Date.parse(stream.earliest) };
}
