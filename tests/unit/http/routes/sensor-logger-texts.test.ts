import { describe, expect, it } from 'vitest';
import { MESSAGE_REJECT_REASONS, SAMPLE_FATES } from '../../../../src/domain/ledger.js';
import {
  textForNoSensors,
  textForRejection,
  textForUnused,
} from '../../../../src/http/routes/sensor-logger.js';

describe(textForRejection, () => {
  it.each(MESSAGE_REJECT_REASONS)('says something different about %s', (reason) => {
    const others = MESSAGE_REJECT_REASONS.filter((other) => other !== reason);
    expect(others.map((other) => textForRejection(other, ''))).not.toContain(textForRejection(reason, ''));
  });

  it('adds the detail where there is one', () => {
    expect(textForRejection('not-json', 'unexpected end')).toMatch(/not JSON.*\(unexpected end\)$/);
    expect(textForRejection('not-json', '')).not.toContain('(');
  });
});

describe(textForUnused, () => {
  it('says how many there are, and what most of them lack', () => {
    const samples = { used: 0, unused: { invalid: 2, past: 3 } };
    expect(textForUnused(samples)).toBe(
      'None of 5 samples can be used: 3 are dated too long ago: times must be epoch nanoseconds. ' +
        "Set the phone's clock.",
    );
  });

  it('has different words for each reason', () => {
    const texts = SAMPLE_FATES.filter((fate) => fate !== 'used').map((fate) => {
      return textForUnused({ used: 0, unused: { [fate]: 1 } });
    });
    expect(new Set(texts).size).toBe(SAMPLE_FATES.length - 1);
  });
});

describe(textForNoSensors, () => {
  it('names what came, once each, and what to enable', () => {
    expect(textForNoSensors(['barometer', 'battery', 'barometer'])).toBe(
      'The gateway gets barometer, battery, which it does not use. ' +
        'Enable Accelerometer, Gyroscope and Magnetometer in the app.',
    );
  });

  it('stays short', () => {
    const names = Array.from({ length: 500 }, (_, index) => `${index}${'x'.repeat(500)}`);
    expect(textForNoSensors(names).length).toBeLessThan(400);
    expect(textForNoSensors(names)).toContain('and others');
  });
});
