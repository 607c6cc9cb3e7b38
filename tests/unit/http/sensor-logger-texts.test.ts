import { describe, expect, it } from 'vitest';
import { MESSAGE_REJECT_REASONS } from '../../../src/domain/ledger.js';
import { textForNoSensors, textForRejection } from '../../../src/http/sensor-logger-texts.js';

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
