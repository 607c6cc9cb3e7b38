import { describe, expect, it } from 'vitest';
import { NOTHING_KNOWN, readCheckpoint, STATE_VERSION } from '../../../src/gateway/device-state.js';
import { INITIAL_TRACK_STATE } from '../../../src/stream/status-tracker.js';
import { PHONE } from '../../helpers/make-results.js';

const ALIGNER = { order: {}, clock: undefined, stretches: [] };
const STATUSES = { accompanied: { ...INITIAL_TRACK_STATE, status: 'yes', sinceMs: 1000 } };

describe(readCheckpoint, () => {
  it('takes what was said from the version before, and goes through its messages as if they were new', () => {
    const state = {
      version: STATE_VERSION - 1,
      lastId: 7,
      aligner: ALIGNER,
      resumes: [],
      statuses: STATUSES,
    };
    const [[device, known] = []] = readCheckpoint({ device: PHONE, state: { ...state, lastSeenMs: 900 } });
    expect(device).toBe(PHONE);
    expect(known).toEqual({
      ...NOTHING_KNOWN,
      statuses: STATUSES,
      platform: undefined,
      lastSeenMs: 900,
    });
  });

  it('leaves out what another version wrote', () => {
    const state = { ...NOTHING_KNOWN, version: STATE_VERSION + 1 };
    expect(readCheckpoint({ device: PHONE, state })).toEqual([]);
  });
});
