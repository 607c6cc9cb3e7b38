import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../src/cluster/partition-log.js';
import { configSchema } from '../../../src/config/schema.js';
import { createTopicResolver } from '../../../src/ingest/topics.js';
import { createPhones } from '../../../src/recordings/simulation/create-phones.js';
import type { SimulatedPhone } from '../../../src/recordings/simulation/phone.js';
import { createHashRandom } from '../../../src/recordings/simulation/random.js';
import { createFixedModels } from '../../helpers/instant-classifier.js';
import { createPartitionWorld, type OwnerGround, openOwnerGround } from '../../helpers/partition-world.js';
import { START_MS } from '../../helpers/sensor-messages.js';
import { type TemporaryFolder, temporaryFolder } from '../../helpers/temporary-folder.js';
import { tinyManifest } from '../../helpers/tiny-model.js';

const MANIFEST = tinyManifest({
  channels: ['accelerometer.x', 'accelerometer.y', 'accelerometer.z'],
  sizeSamples: 100,
  strideSamples: 50,
  std: [30, 30, 30],
});
const ALERT_RULES = [
  {
    name: 'yes',
    cooldownMinutes: 0.02,
    when: { type: 'status', target: 'accompanied', is: 'yes', forMinutes: 0.05 },
  },
  { name: 'unknown', cooldownMinutes: 0, when: { type: 'status', target: 'accompanied', is: 'unknown' } },
];
const PERIODS = 24;
const TOPICS = createTopicResolver([
  { topic: 'sensor-logger/+', format: 'sensor-logger' },
  { topic: 'phyphox/+', format: 'phyphox' },
]);

let folder: TemporaryFolder;
let ground: OwnerGround;
beforeAll(async () => {
  folder = await temporaryFolder();
  const config = configSchema.parse({
    dataDir: folder.path,
    cluster: { partitions: 1 },
    infer: { latencyMs: 1 },
    stream: { quietMs: 3000, idleMs: 12_000 },
    alerts: { rules: ALERT_RULES },
    track: { silenceMs: 4000, smoothingMs: 3000, dwellMs: 1500, heartbeatMs: 5000 },
  });
  ground = await openOwnerGround(config, createFixedModels(MANIFEST));
});
afterAll(() => folder[Symbol.asyncDispose]());

describe('the reading of a partition', () => {
  it('comes to the same however often its owner changes', async () => {
    let alertsTold = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.array(
          fc.record({
            entries: fc.integer({ min: 0, max: 70 }),
            every: fc.integer({ min: 1, max: 6 }),
            diesAfterStates: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
            isHandedOver: fc.boolean(),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        async (seed, owners) => {
          const log = logOf(seed);
          const undisturbed = createPartitionWorld(ground, log);
          await undisturbed.own({ isHandedOver: true });
          const disturbed = createPartitionWorld(ground, log);
          for (const { every, diesAfterStates, ...owner } of owners) {
            const isDying = !owner.isHandedOver && diesAfterStates !== undefined;
            await disturbed.own({
              ...owner,
              ...(isDying ? { diesAfterStates } : {}),
              isCheckpoint: (sequence) => sequence % every === 0,
            });
          }
          await disturbed.own({ isHandedOver: true });
          expect(undisturbed.windows.size).toBeGreaterThan(50);
          expect(disturbed.rewritten).toEqual([]);
          expect(differences(undisturbed.windows, disturbed.windows)).toEqual([]);
          expect(differences(undisturbed.statuses, disturbed.statuses)).toEqual([]);
          alertsTold += [...undisturbed.told.values()].filter(({ type }) => type.startsWith('alert')).length;
          expect(differences(undisturbed.told, disturbed.told)).toEqual([]);
        },
      ),
      { numRuns: 6 },
    );
    expect(alertsTold).toBeGreaterThan(10);
  });

  it('passes over what it has read ahead of a device that was erased meanwhile, until the device sends again', async () => {
    const log = logOf(1);
    const upTo = Math.floor(log.length / 3);
    const [{ device } = { device: undefined }] = phonesOf(1);
    if (device === undefined) throw new Error('there is no phone');
    const world = createPartitionWorld(ground, log);
    await world.own({ erased: { device, upTo }, isHandedOver: true });
    const afterwards = createPartitionWorld(
      ground,
      log.filter(({ sequence, message }) => message?.device !== device || sequence > upTo),
    );
    await afterwards.own({ isHandedOver: true });
    const windowsOfDevice = [...afterwards.windows.values()].filter((window) => window.device === device);
    expect(windowsOfDevice.length).toBeGreaterThan(5);
    expect(differences(world.windows, afterwards.windows)).toEqual([]);
  });
});

function differences(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((key) => {
    const [a, b] = [JSON.stringify(one.get(key)), JSON.stringify(other.get(key))];
    return a === b ? [] : [`${key}: ${a} / ${b}`];
  });
}

/** What phones of each kind have sent at doors that are away for a while, and take some messages twice. */
function logOf(seed: number): LogEntry[] {
  const random = createHashRandom(seed);
  const arrivals = phonesOf(seed).flatMap((phone) => {
    const awayFromMs = START_MS + random.between(0, PERIODS * 1000);
    const awayToMs = awayFromMs + random.between(0, 8000);
    return Array.from({ length: PERIODS }, (_, period) => {
      const dueMs = phone.dueMs(period);
      const isHeldBack = dueMs >= awayFromMs && dueMs < awayToMs;
      const atMs = isHeldBack ? awayToMs : dueMs;
      const again = random.between(0, 1) < 0.1 ? [atMs + random.between(0, 6000)] : [];
      return [atMs, ...again].flatMap((timeMs) =>
        messagesOf(phone, period).map((message) => ({ timeMs, message })),
      );
    }).flat();
  });
  return arrivals
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .map(({ timeMs, message }, index) => ({
      sequence: index + 1,
      timeMs: Math.floor(timeMs),
      behind: 0,
      message: { ...message, receivedAtMs: Math.floor(timeMs) },
    }));
}

function phonesOf(seed: number): SimulatedPhone[] {
  const common = { seed, startMs: START_MS, phones: 1, rateHz: 50 };
  return [
    ...createPhones({ ...common, format: 'sensor-logger', namePrefix: 'logger-' }),
    ...createPhones({ ...common, format: 'alongside', namePrefix: 'own-' }),
    ...createPhones({ ...common, format: 'phyphox', namePrefix: 'phyphox-' }),
    ...createPhones({
      ...common,
      format: 'alongside',
      namePrefix: 'reversed-',
      faultsOf: () => ({ reversesMessages: 3 }),
    }),
    ...createPhones({
      ...common,
      format: 'sensor-logger',
      namePrefix: 'holes-',
      faultsOf: () => ({ dropsOut: { sends: 5, silent: 3 }, repeatsMessages: true }),
    }),
  ];
}

function messagesOf(phone: SimulatedPhone, period: number) {
  return phone.sentIn(period).publishes.map(({ topic, payload }) => {
    const meaning = TOPICS.resolve(topic);
    if (meaning.kind === 'rejected') throw new Error(`nobody listens to ${topic}`);
    const { format } = meaning;
    return { format, topic, device: phone.device, payload: Buffer.from(payload) };
  });
}
