import { describe, expect, it } from 'vitest';
import { messagesSentIn, type PhoneFaults } from '../../../../src/recordings/simulation/phone-faults.js';

function sentIn(periods: number, faults: PhoneFaults): number[] {
  return Array.from({ length: periods }, (_, period) => messagesSentIn(period, faults)).flat();
}

describe('messagesSentIn', () => {
  it('sends one message a period without faults', () => {
    expect(sentIn(4, {})).toEqual([0, 1, 2, 3]);
  });

  it('repeats every message', () => {
    expect(sentIn(2, { repeatsMessages: true })).toEqual([0, 0, 1, 1]);
  });

  it('holds a group back and sends it last first', () => {
    expect(sentIn(7, { reversesMessages: 3 })).toEqual([2, 1, 0, 5, 4, 3]);
  });

  it('makes as many messages a period as it is too fast', () => {
    expect(sentIn(2, { speedFactor: 3 })).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('loses the messages of a drop-out', () => {
    expect(sentIn(10, { dropsOut: { sends: 2, silent: 3 } })).toEqual([0, 1, 5, 6]);
  });
});
