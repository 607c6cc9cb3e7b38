import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HAND_SET_MODEL } from '../../../src/company/company-model.js';
import { lose, newPairState, observe, type PairState } from '../../../src/company/pair-tracker.js';

const { filter } = HAND_SET_MODEL;
const STRIDE_MS = 2000;

function observed(evidence: readonly number[], from: PairState = newPairState(filter, 0)): PairState {
  return evidence.reduce((state, each) => {
    const endMs = state.evaluatedMs + STRIDE_MS;
    return observe(filter, state, each, { endMs, middleMs: endMs - STRIDE_MS });
  }, from);
}

function times(count: number, evidence: number): number[] {
  return Array.from({ length: count }, () => evidence);
}

describe('observe', () => {
  it('says together after evidence for it, and dates it back to its beginning', () => {
    const state = observed([...times(30, 0), ...times(30, 4)]);
    expect(state).toMatchObject({ status: 'together', wasTogether: true, sinceMs: 60_000 });
    expect(state.belief).toBeGreaterThan(filter.togetherFrom);
  });

  it('needs the evidence for longer than the dwell', () => {
    const rising = observed(times(8, 6));
    const crossed = rising.belief >= filter.togetherFrom;
    expect(crossed ? rising.candidate?.status : 'together').toBe('together');
    expect(observed(times(3, 6)).status).toBe('unknown');
  });

  it('says apart after evidence against it, and unknown once that is old', () => {
    const apart = observed(times(20, -3));
    expect(apart.status).toBe('apart');
    expect(observed(times(200, 0), apart).status).toBe('unknown');
  });

  it('holds together through a while without evidence, then lets go to unknown', () => {
    const together = observed(times(60, 4));
    expect(observed(times(150, 0), together).status).toBe('together');
    expect(observed(times(1000, 0), together).status).toBe('unknown');
  });

  it('keeps belief a probability, whatever comes', () => {
    const evidence = fc.array(fc.double({ min: -6, max: 6, noNaN: true }), { maxLength: 300 });
    fc.assert(
      fc.property(evidence, (each) => {
        const { belief, sinceMs, evaluatedMs } = observed(each);
        expect(belief).toBeGreaterThan(0);
        expect(belief).toBeLessThan(1);
        expect(sinceMs).toBeLessThanOrEqual(evaluatedMs);
      }),
    );
  });
});

describe('lose', () => {
  it('knows nothing from then on', () => {
    const lost = lose(filter, observed(times(60, 4)), 500_000);
    expect(lost).toMatchObject({
      status: 'unknown',
      sinceMs: 500_000,
      belief: filter.share,
      wasTogether: true,
    });
  });
});
