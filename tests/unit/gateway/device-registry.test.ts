import { beforeEach, describe, expect, it } from 'vitest';
import { DeviceRegistry, type MessageFacts } from '../../../src/gateway/device-registry.js';
import { noFates } from '../../../src/stream/synchronise/device-streams.js';
import { deviceId } from '../../helpers/sensor-messages.js';

const phone = deviceId('phone');

function observationAt(receivedAtMs: number, overrides: Partial<MessageFacts> = {}): MessageFacts {
  return {
    receivedAtMs,
    newestMs: receivedAtMs - 5,
    isRepeat: false,
    fates: { ...noFates(), used: 3, late: 1 },
    sensors: [{ sensor: 'gyroscope', samples: 3, rateHz: 50 }],
    delivery: { messages: 1, missing: 0, duplicates: 0, reordered: 0 },
    clock: { kind: 'epoch', offsetMs: 5, driftPpm: 0 },
    ...overrides,
  };
}

describe(DeviceRegistry, () => {
  let log: string[];
  let registry: DeviceRegistry;
  beforeEach(() => {
    log = [];
    registry = new DeviceRegistry({
      offlineMs: 100,
      maxDevices: 3,
      onOnline: (device, atMs) => log.push(`${device} online ${atMs}`),
      onOffline: (device, atMs) => log.push(`${device} offline ${atMs}`),
    });
  });

  it('adds up what messages told', () => {
    registry.observe(phone, observationAt(10));
    registry.observe(phone, observationAt(20));
    const info = registry.get(phone);
    expect(info?.samples.used).toBe(6);
    expect(info?.samples.late).toBe(2);
    expect(info?.lastSeenMs).toBe(20);
    expect(info?.sensors).toHaveLength(1);
  });

  it('knows a device of which only unusable samples have come', () => {
    registry.noteInvalid(phone, 2);
    expect(registry.get(phone)).toMatchObject({ online: false, lastSeenMs: Number.NEGATIVE_INFINITY });
    registry.noteSent(phone, 10);
    expect(registry.get(phone)).toMatchObject({ online: true, lastSeenMs: 10, samples: { invalid: 2 } });
  });

  it('says once that a device came and once that it went', () => {
    registry.observe(phone, observationAt(10));
    registry.observe(phone, observationAt(20));
    registry.sweep(119);
    registry.sweep(120);
    registry.sweep(200);
    registry.observe(phone, observationAt(210));
    expect(log).toEqual(['phone online 10', 'phone offline 120', 'phone online 210']);
  });

  it.each<[string, Partial<MessageFacts>]>([
    ['was retained, or is sent a second time', { isRepeat: true }],
    ['holds nothing but what is known', { fates: { ...noFates(), duplicate: 4 } }],
    ['comes after its rows were closed', { fates: { ...noFates(), duplicate: 1, late: 3 } }],
    ['waited somewhere for long', { newestMs: 400 }],
  ])('does not take a device to be there for a message that %s', (_, overrides) => {
    registry.observe(phone, observationAt(10));
    registry.sweep(200);
    registry.observe(phone, observationAt(1000, { ...overrides }));
    expect(registry.get(phone)).toMatchObject({ online: false, samples: expect.objectContaining({}) });
    expect(registry.get(phone)?.lastSeenMs).toBeLessThan(900);
    expect(log).toEqual(['phone online 10', 'phone offline 200']);
    registry.observe(phone, observationAt(1010, { fates: { ...noFates(), duplicate: 4, used: 1 } }));
    expect(log.at(-1)).toBe('phone online 1010');
  });

  it('finds who has gone silent also behind those who have not', () => {
    registry.observe(phone, observationAt(100));
    registry.observe(deviceId('late'), observationAt(150, { newestMs: 60, clock: undefined }));
    registry.observe(phone, observationAt(190));
    registry.observe(deviceId('late'), observationAt(200, { newestMs: 65, clock: undefined }));
    registry.sweep(254);
    expect(log.at(-1)).toBe('late online 150');
    registry.sweep(256);
    expect(log.at(-1)).toBe('late offline 256');
  });

  it('keeps the latest status of each target, and platform', () => {
    registry.observe(phone, observationAt(10));
    const update = { id: '', device: phone, target: 'accompanied', atMs: 5, kind: 'change' } as const;
    registry.noteStatus({ ...update, status: 'yes', confidence: 0.9, sinceMs: 5 });
    registry.noteStatus({ ...update, status: 'no', confidence: 0.8, sinceMs: 9 });
    registry.notePlatform(phone, { name: 'ios', from: 'declared' });
    expect(registry.get(phone)?.statuses).toEqual([
      { target: 'accompanied', status: 'no', confidence: 0.8, sinceMs: 9 },
    ]);
    expect(registry.get(phone)?.platform?.name).toBe('ios');
  });

  it('forgets the device that has been silent for longest when there are too many', () => {
    for (const [index, name] of ['a', 'b', 'c', 'a', 'd'].entries()) {
      registry.observe(deviceId(name), observationAt(index));
    }
    expect(registry.list().map(({ id }) => id)).toEqual(['a', 'c', 'd']);
  });

  it('knows nothing of a device never heard of', () => {
    registry.noteStatus({
      id: '',
      device: phone,
      target: 'accompanied',
      status: 'yes',
      confidence: 1,
      atMs: 0,
      sinceMs: 0,
      kind: 'change',
    });
    expect(registry.get(phone)).toBeUndefined();
  });

  it('begins again with a device that was forgotten', () => {
    registry.observe(phone, observationAt(10));
    registry.forget(phone);
    expect(registry.list()).toEqual([]);
    registry.observe(phone, observationAt(20));
    expect(registry.get(phone)?.samples.used).toBe(3);
  });

  describe('after a restart', () => {
    const status = { id: '', device: phone, target: 'accompanied', atMs: 5, kind: 'heartbeat' } as const;
    const known = {
      id: phone,
      lastSeenMs: 950,
      platform: { name: 'ios', from: 'detected' } as const,
      statuses: [{ ...status, status: 'no', confidence: 0.8, sinceMs: 1 } as const],
    };

    it('lets them go by the time of a log that was heard all along', () => {
      registry.restore([known], 1000, Number.NEGATIVE_INFINITY);
      registry.sweep(known.lastSeenMs + 99);
      expect(log).toEqual([]);
      registry.sweep(known.lastSeenMs + 100, (device) => device !== known.id);
      expect(log).toEqual([]);
      registry.sweep(known.lastSeenMs + 100, (device) => device === known.id);
      expect(log).toEqual([`${known.id} offline ${known.lastSeenMs + 100}`]);
    });

    it('knows what was known', () => {
      registry.restore([known], 1000);
      expect(registry.get(phone)).toMatchObject({
        online: true,
        lastSeenMs: 950,
        platform: { name: 'ios' },
        statuses: [{ target: 'accompanied', status: 'no', sinceMs: 1 }],
      });
      expect(registry.takeSeen()).toEqual([]);
      expect(log).toEqual([]);
    });

    it('lets no device go before it could be heard, and says nothing of who had gone', () => {
      registry.restore([known, { ...known, id: deviceId('gone'), lastSeenMs: 900, statuses: [] }], 1000);
      expect(registry.get(deviceId('gone'))).toMatchObject({ online: false, lastSeenMs: 900 });
      registry.sweep(1099);
      expect(log).toEqual([]);
      registry.sweep(1100);
      expect(log).toEqual(['phone offline 1100']);
    });

    it('forgets who was silent for longest when there are too many', () => {
      const names = ['d', 'a', 'c', 'b'];
      registry.restore(
        names.map((name, index) => ({ ...known, id: deviceId(name), lastSeenMs: 10 - index, statuses: [] })),
        1000,
      );
      expect(registry.list().map(({ id }) => id)).toEqual(['a', 'c', 'd']);
    });
  });

  it('tells once who has sent something', () => {
    registry.observe(phone, observationAt(10));
    registry.noteSent(deviceId('other'), 20);
    expect(registry.takeSeen()).toEqual([
      ['phone', 10],
      ['other', 20],
    ]);
    expect(registry.takeSeen()).toEqual([]);
  });
});
