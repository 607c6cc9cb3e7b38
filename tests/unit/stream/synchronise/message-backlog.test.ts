import { describe, expect, it } from 'vitest';
import { MessageBacklog } from '../../../../src/stream/synchronise/message-backlog.js';
import { blockAt, deliveryOf, messageOf, START_MS, timesAt } from '../../../helpers/sensor-messages.js';

function waitingOf(samples: number) {
  const blocks = [blockAt('accelerometer', timesAt(1000, START_MS, START_MS + samples))];
  const message = messageOf({ blocks });
  return { delivery: deliveryOf(message), message };
}

describe(MessageBacklog, () => {
  it('holds as many samples as it may and not one more, until some leave', () => {
    const backlog = new MessageBacklog(10);
    const [first, second, third] = [waitingOf(4), waitingOf(6), waitingOf(1)];
    expect([first, second, third].map((each) => backlog.push(each))).toEqual([true, true, false]);
    expect(backlog.waiting).toEqual([first, second]);
    expect(backlog.shift()).toBe(first);
    expect(backlog.push(waitingOf(5))).toBe(false);
    expect(backlog.push(waitingOf(4))).toBe(true);
  });

  it('has nothing to give when it is empty', () => {
    expect(new MessageBacklog(10).shift()).toBeUndefined();
  });
});
