import { z } from 'zod';
import type { HeardCompany } from '../company/shared-finder.js';
import type { PlatformState } from '../domain/device.js';
import type { DeviceId } from '../domain/ids.js';
import type { DeviceCheckpoint, JournalId } from '../domain/journal.js';
import type { Alert } from '../domain/notification.js';
import type { Watch } from '../notify/alerts/watch.js';
import { type KeptTrackState, restoreTrackState, type TrackState } from '../stream/status-tracker.js';
import type { AlignerState } from '../stream/synchronise/device-aligner.js';
import type { GridResume } from '../stream/synchronise/device-grids.js';
import type { Arrivals } from '../stream/synchronise/replay.js';

/** What is known of a device besides what was said of it. */
export interface KnownState {
  readonly version: typeof STATE_VERSION;
  /** Messages up to this one are known to the rest of the state. */
  readonly lastId: JournalId;
  /** `undefined` while nothing of its samples is held: its windows begin with its next message. */
  readonly aligner: AlignerState | undefined;
  readonly resumes: readonly GridResume[];
  readonly arrivals: Arrivals;
  readonly platform: PlatformState | undefined;
  /** When the device sent last, epoch milliseconds. */
  readonly lastSeenMs?: number | undefined;
  /** `undefined` where alerts are kept elsewhere. */
  readonly alerts?: KeptAlerts | undefined;
  /** `undefined` where company is kept elsewhere. */
  readonly company?: readonly HeardCompany[] | undefined;
}

/** What alert rules know of a device. */
export interface KeptAlerts {
  /** By name of the rule, with what it asked for then: to another of that name this means nothing. */
  readonly watches: Readonly<Record<string, { readonly meaning: string; readonly watch: Watch }>>;
  /** What is raised, to be cleared also when its rule is gone. */
  readonly open: readonly Alert[];
}

/** What a checkpoint holds. Of the version before only what was said is read; another version's is not understood and left out. */
export interface DeviceState extends KnownState {
  readonly statuses: Readonly<Record<string, TrackState>>;
}

/** The same as it may have been kept. */
interface KeptState extends KnownState {
  readonly statuses: Readonly<Record<string, KeptTrackState>>;
}

export const STATE_VERSION = 2;
export const NOTHING_KNOWN: KnownState = {
  version: STATE_VERSION,
  lastId: -1,
  aligner: undefined,
  resumes: [],
  arrivals: [],
  platform: undefined,
};
/** It did not say how messages came in. */
const VERSION_BEFORE = 1;
const headerSchema = z.object({
  version: z.union([z.literal(STATE_VERSION), z.literal(VERSION_BEFORE)]),
  lastId: z.number(),
});

/** What another run left of a device; nothing where this version does not understand it. */
export function readCheckpoint({ device, state }: DeviceCheckpoint): [DeviceId, DeviceState][] {
  // Written by `save`: a matching version vouches for the rest.
  const header = headerSchema.safeParse(state);
  if (!header.success) return [];
  const { statuses, ...rest } = state as KeptState;
  const tracks = Object.entries(statuses).map(([target, kept]) => [target, restoreTrackState(kept)]);
  const known = header.data.version === STATE_VERSION ? rest : withoutSamples(rest);
  return [[device, { ...known, statuses: Object.fromEntries(tracks) }]];
}

/** Its messages are gone through as if nothing were known of them. */
function withoutSamples({ platform, lastSeenMs }: KnownState): KnownState {
  return { ...NOTHING_KNOWN, platform, lastSeenMs };
}
