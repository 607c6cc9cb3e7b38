import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MessageTimes, sentAt, UNKNOWN_PACE } from '../../../src/gateway/sending-pace.js';

const PATIENCE_MS = 30_000;
const HOUR_MS = 3_600_000;

/** When each message was sent, of messages given as arrival and delay; in seconds. */
function sentAtSeconds(
  messages: readonly (readonly [number, number])[],
  clock?: MessageTimes['clock'],
): (number | undefined)[] {
  let pace = UNKNOWN_PACE;
  return messages.map(([arrival, delay]) => {
    const [receivedAtMs, newestMs] = [arrival * 1000, (arrival - delay) * 1000];
    const sent = sentAt(pace, { receivedAtMs, newestMs, clock }, PATIENCE_MS);
    pace = sent.pace;
    return sent.sentAtMs === undefined ? undefined : sent.sentAtMs / 1000;
  });
}

describe(sentAt, () => {
  it('is the arrival of what comes at once, whatever the clock of the device says', () => {
    expect(sentAtSeconds([[10, 0]])).toEqual([10]);
    expect(sentAtSeconds([[10, -7200]])).toEqual([10]);
    expect(sentAtSeconds([[10, 1e6]])).toEqual([10]);
  });

  it('is as much before the arrival as the message took longer than the quickest', () => {
    const [, second] = sentAtSeconds([
      [10, 100],
      [12, 101],
    ]);
    expect(second).toBeCloseTo(11, 2);
  });

  it('of a backlog is long ago, also right after a restart', () => {
    const clock = { kind: 'epoch', offsetMs: 0, driftPpm: 0 } as const;
    const backlog = [
      [1000, 600],
      [1000.1, 599],
      [1000.2, 598],
    ] as const;
    const sent = sentAtSeconds(backlog, clock);
    expect(sent[0]).toBe(400);
    expect(sent[2]).toBeCloseTo(402.2, 2);
  });

  it('follows a clock that was set back once messages have been late for long', () => {
    const messages = Array.from({ length: 60 }, (_, second) => [second, second < 10 ? 0 : 45] as const);
    const sent = sentAtSeconds(messages);
    expect(sent[9]).toBe(9);
    expect(sent[39]).toBeUndefined();
    expect(sent.slice(40)).toEqual(Array.from({ length: 20 }, (_, index) => 40 + index));
  });

  it('of a backlog is long ago however long it takes to drain, and a clock set back behind it is still seen', () => {
    // An hour that comes within two minutes, in parts of five seconds of motion, then a clock that is 45 s behind.
    const backlog = Array.from({ length: 720 }, (_, part) => {
      const arrival = part / 6;
      return [arrival, arrival + 3600 - part * 5] as const;
    });
    const clock = { kind: 'epoch', offsetMs: 0, driftPpm: 0 } as const;
    const drained = sentAtSeconds(backlog, clock);
    expect(Math.max(...drained.map((sent) => sent ?? Number.NaN))).toBeLessThan(1);
    const behind = Array.from({ length: 60 }, (_, second) => [130 + second, 45] as const);
    const sent = sentAtSeconds([...backlog, ...behind], clock).slice(-60);
    expect(sent.at(-1)).toBe(189);
  });

  it('follows a clock that is slow by what phones drift, for weeks', () => {
    const minutes = Array.from(
      { length: 30 * 24 * 60 },
      (_, minute) => [minute * 60, minute * 60 * 100e-6] as const,
    );
    const sent = sentAtSeconds(minutes);
    expect(Math.max(...minutes.map(([arrival], index) => arrival - (sent[index] ?? 0)))).toBeLessThan(1);
  });

  it('is not told by what holds nothing newer', () => {
    const sent = sentAtSeconds([
      [10, 0],
      [20, 10],
      [21, 10],
    ]);
    expect(sent).toEqual([10, undefined, expect.closeTo(11, 1)]);
  });

  it('is the arrival where no sample can be believed', () => {
    const arrival = { receivedAtMs: 5, newestMs: Number.NEGATIVE_INFINITY, clock: undefined };
    expect(sentAt(UNKNOWN_PACE, arrival, PATIENCE_MS)).toEqual({ pace: UNKNOWN_PACE, sentAtMs: 5 });
  });

  it('is never after the arrival, and no device that sends is late for longer than patience', () => {
    const step = fc.record({
      afterMs: fc.nat({ max: 5000 }),
      delayMs: fc.integer({ min: -HOUR_MS, max: HOUR_MS }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        let pace = UNKNOWN_PACE;
        let receivedAtMs = 0;
        let punctualMs = 0;
        for (const { afterMs, delayMs } of steps) {
          receivedAtMs += afterMs;
          const arrival = { receivedAtMs, newestMs: receivedAtMs - delayMs, clock: undefined };
          const sent = sentAt(pace, arrival, PATIENCE_MS);
          pace = sent.pace;
          const { sentAtMs = Number.NEGATIVE_INFINITY } = sent;
          expect(sentAtMs).toBeLessThanOrEqual(receivedAtMs);
          if (receivedAtMs - sentAtMs < PATIENCE_MS) punctualMs = receivedAtMs;
          expect(receivedAtMs - punctualMs).toBeLessThan(2 * PATIENCE_MS + 5000);
        }
      }),
    );
  });
});
