import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDeviceId } from '../../../src/domain/ids.js';
import {
  createTopicResolver,
  matchesTopic,
  OUTPUT_TOPICS,
  type Subscription,
  subscriptionProblems,
  topicLevels,
} from '../../../src/ingest/topics.js';

const SENSOR_LOGGER: readonly Subscription[] = [
  { topic: 'sensor-logger', format: 'sensor-logger' },
  { topic: 'sensor-logger/+', format: 'sensor-logger' },
];

describe(createTopicResolver, () => {
  it.each([
    ['alongside/phone-1/sensors', 'alongside', 'phone-1'],
    ['alongside/phone-1/frames', 'frame', 'phone-1'],
    ['alongside/phone-1/labels', 'labels', 'phone-1'],
    ['sensor-logger', 'sensor-logger', undefined],
    ['sensor-logger/kitchen', 'sensor-logger', 'kitchen'],
  ])('takes %s as %s of %s', (topic, format, device) => {
    expect(createTopicResolver(SENSOR_LOGGER).resolve(topic)).toEqual({ kind: 'message', format, device });
  });

  it('takes the device from {device}, from a fixed name, or from the one +', () => {
    const { resolve, filters } = createTopicResolver([
      { topic: 'phones/{device}/+', format: 'phyphox' },
      { topic: 'android/sensor/#', format: 'sensor-spot', device: 'pixel' },
      { topic: 'lab/+/motion', format: 'device-motion' },
    ]);
    expect(resolve('phones/p7/motion')).toEqual({ kind: 'message', format: 'phyphox', device: 'p7' });
    expect(resolve('android/sensor/gyroscope')).toMatchObject({ device: 'pixel' });
    expect(resolve('lab/a/motion')).toEqual({ kind: 'message', format: 'device-motion', device: 'a' });
    expect(filters).toEqual([
      'phones/+/+',
      'android/sensor/#',
      'lab/+/motion',
      'alongside/+/sensors',
      'alongside/+/frames',
      'alongside/+/labels',
    ]);
  });

  it('lets the first subscription decide and subscribes to the widest filters only', () => {
    const { resolve, filters } = createTopicResolver([
      { topic: 'sensor-logger/kitchen', format: 'phyphox', device: 'k' },
      ...SENSOR_LOGGER,
      ...SENSOR_LOGGER,
    ]);
    expect(resolve('sensor-logger/kitchen')).toEqual({ kind: 'message', format: 'phyphox', device: 'k' });
    expect(filters.filter((filter) => filter.startsWith('sensor-logger'))).toEqual([
      'sensor-logger',
      'sensor-logger/+',
    ]);
  });

  it.each([
    'alongside/a b/sensors',
    'alongside//sensors',
    'alongside/../sensors',
    'alongside/a+b/sensors',
    `alongside/${'x'.repeat(10_000)}/sensors`,
  ])('rejects the device in %.40s', (topic) => {
    expect(createTopicResolver([]).resolve(topic)).toEqual({ kind: 'rejected', reason: 'bad-device' });
  });

  it.each([
    '',
    'alongside',
    'alongside/a/sensor',
    'alongside/a/sensors/x',
    '$SYS/a/sensors',
    'sensor-logger',
  ])('rejects the topic %j', (topic) => {
    expect(createTopicResolver([]).resolve(topic)).toEqual({ kind: 'rejected', reason: 'wrong-topic' });
  });

  it('names only devices that may be named, and resolves exactly what its filters select', () => {
    const resolver = createTopicResolver(SENSOR_LOGGER);
    const topics = fc
      .array(fc.oneof(fc.constantFrom('alongside', 'sensors', 'sensor-logger', 'a'), fc.string()), {
        minLength: 1,
        maxLength: 4,
      })
      .map((levels) => levels.join('/'));
    fc.assert(
      fc.property(topics, (topic) => {
        const meaning = resolver.resolve(topic);
        const isSelected = resolver.filters.some((filter) =>
          matchesTopic(topicLevels(filter), topicLevels(topic)),
        );
        expect(meaning.kind === 'rejected' && meaning.reason === 'wrong-topic').toBe(!isSelected);
        if (meaning.kind === 'message' && meaning.device !== undefined) {
          expect(parseDeviceId(meaning.device)).toBe(meaning.device);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses wrong subscriptions with every problem', () => {
    expect(() =>
      createTopicResolver([
        { topic: 'a/#/b', format: 'alongside' },
        { topic: 'android/sensor', format: 'sensor-spot' },
      ]),
    ).toThrow(/a\/#\/b: .*\n.*android\/sensor: /);
  });
});

describe(subscriptionProblems, () => {
  it.each<[Subscription, RegExp]>([
    [{ topic: 'android/sensor', format: 'sensor-spot' }, /do not name their device/],
    [{ topic: '+/+/motion', format: 'phyphox' }, /more than one level/],
    [{ topic: '{device}/{device}', format: 'phyphox' }, /more than one level/],
    [{ topic: 'p/{device}', format: 'phyphox', device: 'a' }, /as well as a device/],
    [{ topic: 'p', format: 'phyphox', device: 'a b' }, /device "a b" must be/],
    [{ topic: '#', format: 'phyphox', device: 'a' }, /topics the gateway itself publishes/],
    [{ topic: '+/+/status', format: 'phyphox', device: 'a' }, /topics the gateway itself publishes/],
    [{ topic: 'alongside/{device}/#', format: 'phyphox' }, /topics the gateway itself publishes/],
    [{ topic: '$share/g/sensor-logger', format: 'sensor-logger' }, /\$share/],
    [{ topic: 'a/b#', format: 'phyphox' }, /fill a level alone/],
  ])('finds what is wrong with %o', (subscription, problem) => {
    expect(subscriptionProblems([subscription]).join()).toMatch(problem);
  });

  it.each<Subscription>([
    { topic: 'sensor-logger', format: 'sensor-logger' },
    { topic: 'sensor-logger/#', format: 'sensor-logger' },
    { topic: '+/{device}/motion', format: 'phyphox' },
    { topic: 'android/sensor/#', format: 'sensor-spot', device: 'pixel' },
  ])('finds nothing wrong with %o', (subscription) => {
    expect(subscriptionProblems([subscription])).toEqual([]);
  });

  it('keeps every filter without a problem from the gateway’s own topics', () => {
    const levels = fc.constantFrom('alongside', '+', 'gateway', 'status', 'availability', 'x', '{device}');
    fc.assert(
      fc.property(fc.array(levels, { minLength: 1, maxLength: 4 }), fc.boolean(), (parts, hasRest) => {
        const topic = [...parts, ...(hasRest ? ['#'] : [])].join('/');
        const subscription: Subscription = { topic, format: 'sensor-logger' };
        fc.pre(subscriptionProblems([subscription]).length === 0);
        const filter = topicLevels(topic.replaceAll('{device}', '+'));
        for (const output of OUTPUT_TOPICS) {
          expect(matchesTopic(filter, topicLevels(output.replace('+', 'phone')))).toBe(false);
        }
      }),
    );
  });
});
