import { describe, expect, it } from 'vitest';
import type { Notification, NotificationType } from '../../../src/domain/notification.js';
import type { StatusUpdate } from '../../../src/domain/status.js';
import { type ApparelPoint, NO_RESULTS } from '../../../src/domain/store.js';
import { Notifier } from '../../../src/notify/notifier.js';
import { deviceId } from '../../helpers/make-results.js';

const ANNA = deviceId('anna');

function setUp() {
  const counted: NotificationType[] = [];
  const notifications: Notification[] = [];
  const notifier = new Notifier({ notified: (type) => void counted.push(type) });
  notifier.follow({ accept: (notification) => void notifications.push(notification) });
  return { notifier, counted, notifications };
}

const update = (kind: StatusUpdate['kind'], sinceMs: number): StatusUpdate => ({
  id: `anna/accompanied/${sinceMs}/yes`,
  device: ANNA,
  target: 'accompanied',
  status: 'yes',
  confidence: 0.9,
  atMs: 5000,
  sinceMs,
  kind,
});
const seen = (atMs: number, label: string, probability: number): ApparelPoint => ({
  device: ANNA,
  atMs,
  label,
  probability,
});

describe(Notifier, () => {
  it('posts changes of status, not heartbeats, under the same id whenever they are found out', () => {
    const { notifier, counted, notifications } = setUp();
    notifier.accept({ ...NO_RESULTS, statuses: [update('change', 1000), update('heartbeat', 1000)] });
    notifier.accept({ ...NO_RESULTS, statuses: [update('change', 1000), update('change', 2000)] });
    expect(counted).toEqual(['status.changed', 'status.changed', 'status.changed']);
    expect(notifications[0]).toEqual({
      id: expect.stringMatching(/^evt_[\w-]{24}$/),
      type: 'status.changed',
      device: 'anna',
      atMs: 5000,
      data: { target: 'accompanied', status: 'yes', confidence: 0.9, sinceMs: 1000 },
    });
    expect(notifications[1]?.id).toBe(notifications[0]?.id);
    expect(notifications[2]?.id).not.toBe(notifications[0]?.id);
  });

  it('posts what is worn when it changes, the likeliest label first', () => {
    const { notifier, notifications } = setUp();
    notifier.accept({ ...NO_RESULTS, apparel: [seen(1000, 'shirt', 0.2), seen(1000, 'coat', 0.7)] });
    notifier.accept({ ...NO_RESULTS, apparel: [seen(2000, 'coat', 0.8)] });
    notifier.accept({ ...NO_RESULTS, apparel: [seen(3000, 'shirt', 0.6)] });
    expect(notifications.map(({ atMs, data }) => [atMs, data['label']])).toEqual([
      [1000, 'coat'],
      [3000, 'shirt'],
    ]);
    expect(notifications[0]?.data['labels']).toEqual([
      { label: 'coat', probability: 0.7 },
      { label: 'shirt', probability: 0.2 },
    ]);
  });

  it('posts again what was not seen for long', () => {
    const { notifier, notifications } = setUp();
    for (const atMs of [0, 600_000, 1_200_001])
      notifier.accept({ ...NO_RESULTS, apparel: [seen(atMs, 'coat', 1)] });
    expect(notifications.map(({ atMs }) => atMs)).toEqual([0, 1_200_001]);
  });
});
