import type { Config } from '../config/schema.js';
import type { DeviceId } from '../domain/ids.js';
import { NO_RESULTS } from '../domain/store.js';
import type { MqttStatusSink } from '../notify/mqtt-status.js';
import { StatusTracker } from '../stream/status-tracker.js';
import type { Instruments } from './instruments.js';
import type { Resources } from './open-resources.js';
import type { Recovery } from './recovery.js';
import { atPaceOf, trackOptions } from './stages.js';

interface RememberingParts extends Pick<Instruments, 'registry'> {
  readonly nowMs: number;
  readonly isTimeOfLog: boolean | undefined;
  readonly models: { readonly sequences: Resources['models']['sequences'] };
  readonly recovery: Recovery;
  readonly statuses: Pick<MqttStatusSink, 'accept'>;
}

/** Says again what was true of devices at the end of the last run, or unknown where that is too long ago. */
export function sayAgain(
  config: Config,
  { nowMs, isTimeOfLog, models, recovery, registry, statuses }: RememberingParts,
): void {
  const trackerOf = (device: DeviceId, target: string): StatusTracker =>
    new StatusTracker(
      device,
      target,
      atPaceOf(trackOptions(config, target), models.sequences.manifests, target),
    );
  const devices = recovery.remembered().map((known) => ({
    id: known.device,
    lastSeenMs: known.lastSeenMs,
    platform: known.platform?.info,
    statuses: Object.entries(known.statuses).flatMap(
      ([target, state]) => trackerOf(known.device, target).sayAgain(state, nowMs) ?? [],
    ),
  }));
  // The log tells of silence as it was, whichever gateway reads it.
  registry.restore(devices, nowMs, isTimeOfLog === true ? Number.NEGATIVE_INFINITY : nowMs);
  // Brokers may have lost what they retained, and one target's news must not take the others' place.
  for (const { statuses: said } of devices) statuses.accept({ ...NO_RESULTS, statuses: said });
}
