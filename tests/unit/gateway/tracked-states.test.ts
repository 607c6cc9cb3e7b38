import { describe, expect, it } from 'vitest';
import { TrackedStates } from '../../../src/gateway/tracked-states.js';
import { INITIAL_TRACK_STATE } from '../../../src/stream/status-tracker.js';
import { PHONE } from '../../helpers/make-results.js';

const STATE = { ...INITIAL_TRACK_STATE, sinceMs: 1000 };

describe(TrackedStates, () => {
  it('goes on with what an earlier run knew, and says once what has changed', () => {
    const states = new TrackedStates();
    states.follow(PHONE, { activity: INITIAL_TRACK_STATE });
    expect(states.takeChanged()).toEqual([]);
    states.take(PHONE, 'accompanied', STATE);
    states.follow(PHONE);
    expect(states.of(PHONE)).toEqual({ activity: INITIAL_TRACK_STATE, accompanied: STATE });
    expect([states.takeChanged(), states.takeChanged()]).toEqual([[PHONE], []]);
  });

  it('keeps nothing of a device that was forgotten, whatever comes late', () => {
    const states = new TrackedStates();
    states.follow(PHONE);
    states.take(PHONE, 'accompanied', STATE);
    states.forget(PHONE);
    states.take(PHONE, 'accompanied', STATE);
    states.follow(PHONE);
    expect([states.of(PHONE), states.takeChanged()]).toEqual([{}, []]);
  });
});
