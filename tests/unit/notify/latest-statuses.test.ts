import { describe, expect, it } from 'vitest';
import { StatusBoard } from '../../../src/notify/latest-statuses.js';
import { deviceId, makeUpdate, PHONE } from '../../helpers/make-results.js';

const OTHER = deviceId('phone-2');

function takeNext(board: StatusBoard) {
  const change = board.next;
  return change === undefined ? undefined : board.take(change);
}

describe(StatusBoard, () => {
  it('has nothing to publish at first and after everything was taken', () => {
    const board = new StatusBoard(10);
    expect(board.next).toBeUndefined();
    board.update(makeUpdate());
    takeNext(board);
    expect(board.next).toBeUndefined();
  });

  it('puts the targets of a device together', () => {
    const board = new StatusBoard(10);
    board.update(makeUpdate({ atMs: 20, sinceMs: 10 }));
    board.update(
      makeUpdate({ target: 'conversation', status: 'no', confidence: 0.6, atMs: 30, sinceMs: 30 }),
    );
    expect(takeNext(board)).toEqual({
      device: PHONE,
      statuses: {
        accompanied: { status: 'yes', confidence: 0.88, sinceMs: 10 },
        conversation: { status: 'no', confidence: 0.6, sinceMs: 30 },
      },
      atMs: 30,
    });
  });

  it('says why nothing is known, of targets with a status and without, until one is known', () => {
    const board = new StatusBoard(10);
    const reason = { code: 'silence', text: 'Nothing comes.' } as const;
    const unknown = { status: 'unknown', confidence: 0, sinceMs: 10, reason } as const;
    board.update(makeUpdate({ atMs: 20, sinceMs: 10 }));
    board.explain(
      PHONE,
      [
        { target: 'accompanied', ...unknown },
        { target: 'activity', ...unknown },
      ],
      15,
    );
    const yes = { status: 'yes', confidence: 0.88, sinceMs: 10 };
    expect(takeNext(board)).toEqual({
      device: PHONE,
      statuses: { accompanied: yes, activity: unknown },
      atMs: 20,
    });
    board.update(
      makeUpdate({ target: 'activity', status: 'walking', confidence: 0.9, atMs: 30, sinceMs: 30 }),
    );
    expect(takeNext(board)?.statuses['activity']).toEqual({
      status: 'walking',
      confidence: 0.9,
      sinceMs: 30,
    });
  });

  it('says which statuses come from a model made on simulated people', () => {
    const board = new StatusBoard(10);
    board.update(makeUpdate({ simulated: true }));
    expect(takeNext(board)?.statuses['accompanied']).toMatchObject({ status: 'yes', simulated: true });
  });

  it('keeps the place of a device that changes again, with its latest statuses', () => {
    const board = new StatusBoard(10);
    board.update(makeUpdate({ status: 'yes' }));
    board.update(makeUpdate({ device: OTHER }));
    board.update(makeUpdate({ status: 'no' }));
    expect(takeNext(board)).toMatchObject({ device: PHONE, statuses: { accompanied: { status: 'no' } } });
    expect(takeNext(board)).toMatchObject({ device: OTHER });
    expect(board.next).toBeUndefined();
  });

  it('takes back what could not be published', () => {
    const board = new StatusBoard(10);
    board.update(makeUpdate());
    const change = board.next ?? { device: PHONE, sequence: -1 };
    board.take(change);
    expect(board.hasChangeUpTo(1)).toBe(false);
    board.update(makeUpdate({ status: 'no' }));
    expect(board.hasChangeUpTo(1)).toBe(false);
    board.putBack(change);
    expect(board.hasChangeUpTo(1)).toBe(true);
    expect(takeNext(board)).toMatchObject({ statuses: { accompanied: { status: 'no' } } });
    expect(board.next).toBeUndefined();
  });

  it('forgets the device that has not changed for longest, and says if that was not published', () => {
    const board = new StatusBoard(2);
    board.update(makeUpdate({ device: deviceId('a') }));
    takeNext(board);
    board.update(makeUpdate({ device: deviceId('b') }));
    expect(board.update(makeUpdate({ device: deviceId('c') }))).toBeUndefined();
    expect(board.update(makeUpdate({ device: deviceId('d') }))).toBe('b');
    expect(takeNext(board)).toMatchObject({ device: 'c' });
    board.putBack({ device: deviceId('a'), sequence: 1 });
    expect(takeNext(board)).toMatchObject({ device: 'd' });
    expect(board.next).toBeUndefined();
  });

  it('forgets a device, whether its statuses were published or not', () => {
    const board = new StatusBoard(10);
    board.update(makeUpdate());
    board.update(makeUpdate({ device: OTHER }));
    const change = board.next ?? { device: PHONE, sequence: -1 };
    board.forget(PHONE);
    expect(takeNext(board)).toMatchObject({ device: OTHER });
    board.putBack(change);
    expect(board.next).toBeUndefined();
    board.update(makeUpdate({ target: 'conversation' }));
    expect(Object.keys(takeNext(board)?.statuses ?? {})).toEqual(['conversation']);
  });
});
