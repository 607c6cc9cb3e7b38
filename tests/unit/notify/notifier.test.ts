import { describe, expect, it } from 'vitest';
import type { Notice, NoticeType } from '../../../src/domain/notification.js';
import type { StatusUpdate } from '../../../src/domain/status.js';
import type { ApparelPoint } from '../../../src/domain/store.js';
import { NoticeBoard } from '../../../src/notify/notifier.js';
import { deviceId } from '../../helpers/make-results.js';

const ANNA = deviceId('anna');
const NOTHING = { windows: [], statuses: [], apparel: [] };

function setUp() {
  const counted: NoticeType[] = [];
  const notices: Notice[] = [];
  const board = new NoticeBoard({ noticed: (type) => void counted.push(type) });
  board.follow({ accept: (notice) => void notices.push(notice) });
  return { board, counted, notices };
}

const update = (kind: StatusUpdate['kind'], sinceMs: number): StatusUpdate => ({
  id: `anna/accompanied/${sinceMs}/yes`,
  ...{ device: ANNA, target: 'accompanied', status: 'yes', confidence: 0.9, atMs: 5000, sinceMs, kind },
});
const seen = (atMs: number, label: string, probability: number): ApparelPoint => ({
  ...{ device: ANNA, atMs, label, probability },
});

describe(NoticeBoard, () => {
  it('posts changes of status, not heartbeats, under the same id whenever they are found out', () => {
    const { board, counted, notices } = setUp();
    board.accept({ ...NOTHING, statuses: [update('change', 1000), update('heartbeat', 1000)] });
    board.accept({ ...NOTHING, statuses: [update('change', 1000), update('change', 2000)] });
    expect(counted).toEqual(['status.changed', 'status.changed', 'status.changed']);
    expect(notices[0]).toEqual({
      id: expect.stringMatching(/^evt_[\w-]{24}$/),
      type: 'status.changed',
      device: 'anna',
      atMs: 5000,
      data: { target: 'accompanied', status: 'yes', confidence: 0.9, sinceMs: 1000 },
    });
    expect(notices[1]?.id).toBe(notices[0]?.id);
    expect(notices[2]?.id).not.toBe(notices[0]?.id);
  });

  it('posts what is worn when it changes, the likeliest label first', () => {
    const { board, notices } = setUp();
    board.accept({ ...NOTHING, apparel: [seen(1000, 'shirt', 0.2), seen(1000, 'coat', 0.7)] });
    board.accept({ ...NOTHING, apparel: [seen(2000, 'coat', 0.8)] });
    board.accept({ ...NOTHING, apparel: [seen(3000, 'shirt', 0.6)] });
    expect(notices.map(({ atMs, data }) => [atMs, data['label']])).toEqual([
      [1000, 'coat'],
      [3000, 'shirt'],
    ]);
    expect(notices[0]?.data['labels']).toEqual([
      { label: 'coat', probability: 0.7 },
      { label: 'shirt', probability: 0.2 },
    ]);
  });

  it('posts again what was not seen for long', () => {
    const { board, notices } = setUp();
    for (const atMs of [0, 600_000, 1_200_001])
      board.accept({ ...NOTHING, apparel: [seen(atMs, 'coat', 1)] });
    expect(notices.map(({ atMs }) => atMs)).toEqual([0, 1_200_001]);
  });
});
