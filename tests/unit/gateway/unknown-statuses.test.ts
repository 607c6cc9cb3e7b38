import { beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/config/schema.js';
import type { DeviceId } from '../../../src/domain/ids.js';
import type { KnownPlacement, SensorKind } from '../../../src/domain/samples.js';
import type { UnknownReason } from '../../../src/domain/status.js';
import { DeviceRegistry } from '../../../src/gateway/device-registry.js';
import { ReasonLog } from '../../../src/gateway/reason-log.js';
import { UnknownPublisher, UnknownStatuses } from '../../../src/gateway/unknown-statuses.js';
import type { SequenceManifest } from '../../../src/inference/models/manifest.js';
import { isSimulatedPhone } from '../../../src/recordings/simulation/create-phones.js';
import { noFates } from '../../../src/stream/synchronise/device-streams.js';
import { makeUpdate } from '../../helpers/make-results.js';
import { deviceId } from '../../helpers/sensor-messages.js';
import { tinyManifest } from '../../helpers/tiny-model.js';

const PHONE = deviceId('phone');
const START_MS = 1_000_000;

describe(UnknownStatuses, () => {
  let nowMs = START_MS;
  let models: SequenceManifest[];
  let registry: DeviceRegistry;
  let worn: KnownPlacement;
  let unknown: UnknownStatuses;
  beforeEach(() => {
    nowMs = START_MS;
    worn = 'assumed';
    const channels = ['accelerometer.x', 'gyroscope.x', 'magnetometer.x'];
    models = [{ ...tinyManifest(), channels, gravity: 'any' }];
    const nothing = (): void => undefined;
    registry = new DeviceRegistry({
      offlineMs: 30_000,
      maxDevices: 9,
      onOnline: nothing,
      onOffline: nothing,
    });
    unknown = new UnknownStatuses({
      config: configSchema.parse({}),
      clock: { nowMs: () => nowMs },
      registry,
      placements: { of: () => worn },
      models: () => models,
      storeProblem: () => undefined,
      isHearing: () => true,
    });
  });

  /** A second of streaming. */
  const send = (streams: readonly SensorKind[]): void => {
    nowMs += 1000;
    const before = registry.get(PHONE)?.sensors ?? [];
    registry.observe(PHONE, {
      receivedAtMs: nowMs,
      fates: { ...noFates(), used: 9 },
      clock: undefined,
      isRepeat: false,
      newestMs: nowMs,
      sensors: streams.map((sensor) => ({
        sensor,
        rateHz: 50,
        samples: 50 + (before.find((known) => known.sensor === sensor)?.samples ?? 0),
      })),
      delivery: { messages: 1, missing: 0, duplicates: 0, reordered: 0 },
    });
  };
  const codes = () =>
    Object.fromEntries(unknown.of(PHONE).map(({ target, reason }) => [target, reason?.code]));

  it('explains each target by itself: of one there is no model, of the other no sensor', () => {
    for (let second = 0; second < 60; second++) send(['accelerometer', 'gyroscope']);
    expect(codes()).toEqual({ accompanied: 'missing-sensor', conversation: 'no-model' });
    expect(unknown.of(PHONE)[0]).toMatchObject({
      status: 'unknown',
      confidence: 0,
      sinceMs: START_MS + 1000,
      reason: { sensors: ['magnetometer'] },
    });
  });

  it('says of a phone that a person carries that the model knows simulated phones only', () => {
    const [model] = models;
    if (model === undefined) throw new Error('no model');
    models = [{ ...model, provenance: { ...model.provenance, simulated: true } }];
    const simulatedOnly = new UnknownStatuses({
      config: configSchema.parse({}),
      clock: { nowMs: () => nowMs },
      registry,
      placements: { of: () => worn },
      models: () => models,
      storeProblem: () => undefined,
      isHearing: () => true,
      isSimulatedPhone,
    });
    send(['accelerometer', 'gyroscope', 'magnetometer']);
    const text = expect.stringContaining(`The model ${model.name}, which tells accompanied, knows simulated`);
    expect(simulatedOnly.of(PHONE)[0]).toMatchObject({
      target: 'accompanied',
      reason: { code: 'no-model', text },
    });
    expect(simulatedOnly.of(deviceId('phone-0001'))[0]?.reason?.code).toBe('silence');
  });

  it('says of a device that is worn elsewhere that no model speaks of it, whatever it sends', () => {
    const [chest] = models;
    if (chest === undefined) throw new Error('no model');
    models = [{ ...chest, placement: 'chest' }];
    expect(codes()).toMatchObject({ accompanied: 'silence' });
    worn = 'wrist';
    expect(codes()).toEqual({ accompanied: 'placement', conversation: 'no-model' });
    expect(unknown.of(PHONE)[0]?.reason?.text).toMatch(/worn on the wrist.* devices worn on the chest\./);
    worn = 'chest';
    expect(codes()).toMatchObject({ accompanied: 'silence' });
  });

  it('asks the model that is made for where the device is worn', () => {
    const [first] = models;
    if (first === undefined) throw new Error('no model');
    models = [
      { ...first, placement: 'chest' },
      { ...first, name: 'other', channels: ['accelerometer.x'], placement: 'wrist' },
    ];
    worn = 'wrist';
    for (let second = 0; second < 60; second++) send(['accelerometer']);
    expect(codes()).toMatchObject({ accompanied: 'low-coverage' });
    worn = 'chest';
    expect(codes()).toMatchObject({ accompanied: 'missing-sensor' });
  });

  it('says nothing of what is known, and keeps since when the rest is not', () => {
    send(['accelerometer', 'gyroscope', 'magnetometer']);
    registry.noteStatus(makeUpdate({ device: PHONE, target: 'accompanied', status: 'yes' }));
    expect(codes()).toEqual({ conversation: 'no-model' });
    registry.noteStatus(makeUpdate({ device: PHONE, target: 'accompanied', status: 'unknown', sinceMs: 7 }));
    expect(unknown.of(PHONE)[0]).toMatchObject({ target: 'accompanied', sinceMs: 7 });
  });

  it('counts the time of sending again after a long pause', () => {
    for (let second = 0; second < 60; second++) send(['accelerometer', 'gyroscope', 'magnetometer']);
    expect(codes()['accompanied']).toBe('low-coverage');
    nowMs += 29_000;
    expect(codes()['accompanied']).toBe('silence');
    send(['accelerometer', 'gyroscope', 'magnetometer']);
    expect(codes()['accompanied']).toBe('too-new');
  });

  it('knows of a device that was not heard since the start that it is silent', () => {
    expect(codes()).toEqual({ accompanied: 'silence', conversation: 'no-model' });
    models = [];
    expect(codes()).toEqual({ accompanied: 'no-model', conversation: 'no-model' });
  });
});

describe(UnknownPublisher, () => {
  it('publishes what changes its meaning, not its words, and forgets devices that are gone', () => {
    let reason: UnknownReason = { code: 'silence', text: 'for 1 s' };
    const published: string[] = [];
    const log = new ReasonLog();
    const publisher = new UnknownPublisher(
      { of: () => [{ target: 'accompanied', status: 'unknown', confidence: 0, sinceMs: 0, reason }] },
      log,
      (_device, [first]) => published.push(`${first?.reason?.code} ${first?.reason?.text}`),
    );
    publisher.tick([PHONE], 0);
    reason = { ...reason, text: 'for 2 s' };
    publisher.tick([PHONE], 0);
    reason = { code: 'too-new', text: 'wait' };
    publisher.tick([PHONE], 0);
    publisher.tick([], 0);
    publisher.tick([PHONE], 0);
    expect(published).toEqual(['silence for 1 s', 'too-new wait', 'too-new wait']);
  });

  it('looks at a part of many devices at a time, and at each in its turn', () => {
    const devices = Array.from({ length: 1234 }, (_, number) => deviceId(`phone-${number}`));
    const looked: string[] = [];
    const unknown = {
      of: (device: DeviceId) => {
        looked.push(device);
        return [];
      },
    };
    const publisher = new UnknownPublisher(unknown, new ReasonLog(), () => undefined);
    const most = Math.max(
      ...[1, 2, 3, 4, 5].map((second) => {
        const before = looked.length;
        publisher.tick(devices, second * 1000);
        return looked.length - before;
      }),
    );
    expect(most).toBeLessThan(250);
    expect(new Set(looked).size).toBe(devices.length);
  });
});
