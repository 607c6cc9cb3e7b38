import { beforeEach, describe, expect, it } from 'vitest';
import { DeviceRegistry, type Observation } from '../../../src/gateway/device-registry.js';
import { noFates } from '../../../src/synchronise/device-streams.js';
import { deviceId } from '../../helpers/sensor-messages.js';

const phone = deviceId('phone');

function observationAt(receivedAtMs: number): Observation {
  return {
    receivedAtMs,
    fates: { ...noFates(), used: 3, late: 1 },
    sensors: [{ sensor: 'gyroscope', samples: 3, rateHz: 50 }],
    delivery: { messages: 1, missing: 0, duplicates: 0, reordered: 0 },
    clock: { kind: 'epoch', offsetMs: 5, driftPpm: 0 },
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
    registry.noteInvalid(phone, 2, 10);
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

  it('begins anew with a device that was forgotten', () => {
    registry.observe(phone, observationAt(10));
    registry.forget(phone);
    expect(registry.list()).toEqual([]);
    registry.observe(phone, observationAt(20));
    expect(registry.get(phone)?.samples.used).toBe(3);
  });
});
