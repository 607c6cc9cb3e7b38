import { describe, expect, it } from 'vitest';
import { createPhones, type PhonesOptions } from '../../../../src/recordings/simulation/create-phones.js';
import { GatewayError } from '../../../../src/shared/errors.js';
import { START_MS } from '../../../helpers/sensor-messages.js';

const OPTIONS: PhonesOptions = { phones: 3, seed: 1, startMs: START_MS, format: 'alongside' };

describe('createPhones', () => {
  it('names phones by number; a phone is the same however many there are', () => {
    const phones = createPhones(OPTIONS);
    expect(phones.map(({ device }) => device)).toEqual(['phone-0001', 'phone-0002', 'phone-0003']);
    const [first, second] = phones;
    expect(createPhones({ ...OPTIONS, phones: 2 })[1]?.message(0)).toEqual(second?.message(0));
    expect(first?.message(0).blocks).not.toEqual(second?.message(0).blocks);
  });

  it('spreads the phones over a message period', () => {
    const due = createPhones({ ...OPTIONS, phones: 100 }).map((phone) => phone.dueMs(0) - START_MS - 1000);
    expect(Math.min(...due)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...due)).toBeLessThan(1000);
    expect(new Set(due.map((ms) => Math.floor(ms / 100))).size).toBe(10);
  });

  it('gives faults to the phones asked for, and leaves the others as they were', () => {
    const faulty = createPhones({
      ...OPTIONS,
      faultsOf: (n) => (n === 1 ? { repeatsMessages: true } : undefined),
    });
    const honest = createPhones(OPTIONS);
    expect(faulty[1]?.sentIn(0).publishes).toHaveLength(2);
    expect(faulty[2]?.sentIn(0)).toEqual(honest[2]?.sentIn(0));
  });

  it('refuses a prefix that makes no device name', () => {
    expect(() => createPhones({ ...OPTIONS, namePrefix: 'a/b' })).toThrow(GatewayError);
  });
});
