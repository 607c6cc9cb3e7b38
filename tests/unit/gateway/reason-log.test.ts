import { describe, expect, it } from 'vitest';
import type { UnknownReason } from '../../../src/domain/status.js';
import { ReasonLog } from '../../../src/gateway/reason-log.js';
import { deviceId } from '../../helpers/make-results.js';

const ANNA = deviceId('anna');
const SILENCE: UnknownReason = { code: 'silence', text: 'No usable sample has come for 31 s. See whether …' };
const NEW: UnknownReason = { code: 'too-new', text: 'It has not sent for long enough. Wait.' };

/** A log that looked every 5 s. */
function logOf(reasonAt: (second: number) => UnknownReason | undefined, seconds = 120): ReasonLog {
  const log = new ReasonLog();
  for (let second = 0; second <= seconds; second += 5) {
    const reason = reasonAt(second);
    const unknown = { target: 'accompanied', status: 'unknown', confidence: 0, sinceMs: 0 };
    log.note(ANNA, reason === undefined ? [] : [{ ...unknown, reason }], second * 1000);
  }
  return log;
}

const codeDuring = (log: ReasonLog, from: number, to: number) =>
  log.during(ANNA, 'accompanied', { fromMs: from * 1000, toMs: to * 1000 })?.code;

describe(ReasonLog, () => {
  const log = logOf((second) => (second < 60 ? SILENCE : second < 80 ? NEW : undefined));

  it('gives an interval that is over the reason that held for most of it, in words of the past', () => {
    expect(codeDuring(log, 10, 80)).toBe('silence');
    expect(codeDuring(log, 55, 75)).toBe('too-new');
    expect(log.during(ANNA, 'accompanied', { fromMs: 0, toMs: 60_000 })).toEqual({
      code: 'silence',
      text: 'No usable sample came.',
    });
  });

  it('says nothing of what it did not see for the most part', () => {
    expect(codeDuring(log, -200, 60)).toBeUndefined();
    expect(codeDuring(log, 85, 100)).toBeUndefined();
    expect(log.during(deviceId('ben'), 'accompanied', { fromMs: 0, toMs: 60_000 })).toBeUndefined();
  });

  it('adds up a reason that came again, and does not bridge a hole in which nobody looked', () => {
    const often = logOf((second) => (second % 40 < 25 ? SILENCE : NEW));
    expect(codeDuring(often, 0, 120)).toBe('silence');
    const hole = logOf((second) => (second < 10 || second > 100 ? SILENCE : undefined));
    expect(codeDuring(hole, 0, 120)).toBeUndefined();
  });

  it('names the sensors that were missing', () => {
    const missing = logOf(() => ({ code: 'missing-sensor', text: '…', sensors: ['magnetometer'] }));
    const reason = missing.during(ANNA, 'accompanied', { fromMs: 0, toMs: 60_000 });
    expect(reason).toMatchObject({
      sensors: ['magnetometer'],
      text: expect.stringContaining('no magnetometer'),
    });
  });

  it('forgets devices, and the oldest of a reason that changes all the time', () => {
    const busy = logOf((second) => (second % 10 === 0 ? SILENCE : NEW), 4000);
    expect(codeDuring(busy, 0, 100)).toBeUndefined();
    expect(codeDuring(busy, 3900, 3910)).toBeDefined();
    busy.keepOnly([]);
    expect(codeDuring(busy, 3900, 3910)).toBeUndefined();
  });
});
