import { describe, expect, it } from 'vitest';
import { StatusBoard } from '../../../src/notify/latest-statuses.js';
import { deviceId, makeUpdate, PHONE } from '../../helpers/make-results.js';

const OTHER = deviceId('phone-2');

function takeNext(notifier: StatusBoard) {
  const change = notifier.next;
  return change === undefined ? undefined : notifier.take(change);
}

describe(StatusBoard, () => {
  it('has nothing to publish at first and after everything was taken', () => {
    const notifier = new StatusBoard(10);
    expect(notifier.next).toBeUndefined();
    notifier.update(makeUpdate());
    takeNext(notifier);
    expect(notifier.next).toBeUndefined();
  });

  it('puts the targets of a device together', () => {
    const notifier = new StatusBoard(10);
    notifier.update(makeUpdate({ atMs: 20, sinceMs: 10 }));
    notifier.update(
      makeUpdate({ target: 'conversation', status: 'no', confidence: 0.6, atMs: 30, sinceMs: 30 }),
    );
    expect(takeNext(notifier)).toEqual({
      device: PHONE,
      statuses: {
        accompanied: { status: 'yes', confidence: 0.88, sinceMs: 10 },
        conversation: { status: 'no', confidence: 0.6, sinceMs: 30 },
      },
      atMs: 30,
    });
  });

  it('says why nothing is known, of targets with a status and without, until one is known', () => {
    const notifier = new StatusBoard(10);
    const reason = { code: 'silence', text: 'Nothing comes.' } as const;
    const unknown = { status: 'unknown', confidence: 0, sinceMs: 10, reason } as const;
    notifier.update(makeUpdate({ atMs: 20, sinceMs: 10 }));
    notifier.explain(
      PHONE,
      [
        { target: 'accompanied', ...unknown },
        { target: 'activity', ...unknown },
      ],
      15,
    );
    const yes = { status: 'yes', confidence: 0.88, sinceMs: 10 };
    expect(takeNext(notifier)).toEqual({
      device: PHONE,
      statuses: { accompanied: yes, activity: unknown },
      atMs: 20,
    });
    notifier.update(
      makeUpdate({ target: 'activity', status: 'walking', confidence: 0.9, atMs: 30, sinceMs: 30 }),
    );
    expect(takeNext(notifier)?.statuses['activity']).toEqual({
      status: 'walking',
      confidence: 0.9,
      sinceMs: 30,
    });
  });

  it('says which statuses rest on an assumption about where the device is worn', () => {
    const board = new StatusBoard(2);
    board.update(makeUpdate({ placement: 'assumed' }));
    expect(takeNext(board)?.statuses['accompanied']).toMatchObject({ status: 'yes', placement: 'assumed' });
  });

  it('says which statuses come from a model made on simulated people', () => {
    const notifier = new StatusBoard(10);
    notifier.update(makeUpdate({ simulated: true }));
    expect(takeNext(notifier)?.statuses['accompanied']).toMatchObject({ status: 'yes', simulated: true });
  });

  it('keeps the place of a device that changes again, with its latest statuses', () => {
    const notifier = new StatusBoard(10);
    notifier.update(makeUpdate({ status: 'yes' }));
    notifier.update(makeUpdate({ device: OTHER }));
    notifier.update(makeUpdate({ status: 'no' }));
    expect(takeNext(notifier)).toMatchObject({ device: PHONE, statuses: { accompanied: { status: 'no' } } });
    expect(takeNext(notifier)).toMatchObject({ device: OTHER });
    expect(notifier.next).toBeUndefined();
  });

  it('takes back what could not be published', () => {
    const notifier = new StatusBoard(10);
    notifier.update(makeUpdate());
    const change = notifier.next ?? { device: PHONE, sequence: -1 };
    notifier.take(change);
    expect(notifier.hasChangeUpTo(1)).toBe(false);
    notifier.update(makeUpdate({ status: 'no' }));
    expect(notifier.hasChangeUpTo(1)).toBe(false);
    notifier.putBack(change);
    expect(notifier.hasChangeUpTo(1)).toBe(true);
    expect(takeNext(notifier)).toMatchObject({ statuses: { accompanied: { status: 'no' } } });
    expect(notifier.next).toBeUndefined();
  });

  it('forgets the device that has not changed for longest, and says if that was not published', () => {
    const notifier = new StatusBoard(2);
    notifier.update(makeUpdate({ device: deviceId('a') }));
    takeNext(notifier);
    notifier.update(makeUpdate({ device: deviceId('b') }));
    expect(notifier.update(makeUpdate({ device: deviceId('c') }))).toBeUndefined();
    expect(notifier.update(makeUpdate({ device: deviceId('d') }))).toBe('b');
    expect(takeNext(notifier)).toMatchObject({ device: 'c' });
    notifier.putBack({ device: deviceId('a'), sequence: 1 });
    expect(takeNext(notifier)).toMatchObject({ device: 'd' });
    expect(notifier.next).toBeUndefined();
  });

  it('forgets a device, whether its statuses were published or not', () => {
    const notifier = new StatusBoard(10);
    notifier.update(makeUpdate());
    notifier.update(makeUpdate({ device: OTHER }));
    const change = notifier.next ?? { device: PHONE, sequence: -1 };
    notifier.forget(PHONE);
    expect(takeNext(notifier)).toMatchObject({ device: OTHER });
    notifier.putBack(change);
    expect(notifier.next).toBeUndefined();
    notifier.update(makeUpdate({ target: 'conversation' }));
    expect(Object.keys(takeNext(notifier)?.statuses ?? {})).toEqual(['conversation']);
  });
});
