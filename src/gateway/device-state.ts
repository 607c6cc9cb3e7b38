import { z } from 'zod';
import type { PlatformState } from '../domain/device.js';
import type { DeviceId } from '../domain/ids.js';
import type { DeviceCheckpoint, JournalId } from '../domain/journal.js';
import { type KeptTrackState, restoreTrackState, type TrackState } from '../stream/status-tracker.js';
import type { AlignerState, GridResume } from '../stream/synchronise/device-aligner.js';

/** What a checkpoint holds. Written and read by the same version; another version's is not understood and left out. */
export interface DeviceState {
  readonly version: typeof STATE_VERSION;
  /** Messages up to this one are known to the rest of the state. */
  readonly lastId: JournalId;
  /** `undefined` while nothing of its samples is held: its windows begin with its next message. */
  readonly aligner: AlignerState | undefined;
  readonly resumes: readonly GridResume[];
  readonly statuses: Readonly<Record<string, TrackState>>;
  readonly platform: PlatformState | undefined;
  /** When the device sent last, epoch milliseconds. */
  readonly lastSeenMs?: number | undefined;
}

/** The same as it may have been kept. */
type KeptState = Omit<DeviceState, 'statuses'> & {
  readonly statuses: Readonly<Record<string, KeptTrackState>>;
};

export const STATE_VERSION = 1;
export const NOTHING_KNOWN: DeviceState = {
  version: STATE_VERSION,
  lastId: -1,
  aligner: undefined,
  resumes: [],
  statuses: {},
  platform: undefined,
};
const headerSchema = z.object({ version: z.literal(STATE_VERSION), lastId: z.number() });

/** What another run left of a device; nothing where this version does not understand it. */
export function readCheckpoint({ device, state }: DeviceCheckpoint): [DeviceId, DeviceState][] {
  // Written by `save`: a matching version vouches for the rest.
  if (!headerSchema.safeParse(state).success) return [];
  const { statuses, ...rest } = state as KeptState;
  const tracks = Object.entries(statuses).map(([target, kept]) => [target, restoreTrackState(kept)]);
  return [[device, { ...rest, statuses: Object.fromEntries(tracks) }]];
}
