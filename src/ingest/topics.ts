import { DEVICE_ID_RULE, type DeviceId, parseDeviceId } from '../domain/ids.js';
import type { MessageFormat } from '../domain/message.js';
import { GatewayError } from '../shared/errors.js';
import {
  coversFilter,
  filterProblem,
  matchesTopic,
  type TopicLevels,
  topicLevels,
} from '../sources/topic-filter.js';

/** A topic filter to listen to and what arrives there. */
export interface Subscription {
  /** MQTT topic filter. Its one `+`, or the level `{device}` if there are several, names the device. */
  readonly topic: string;
  readonly format: MessageFormat;
  /** Device of all messages of this subscription. */
  readonly device?: string | undefined;
}

/** What a topic says about the messages published to it. */
export type TopicMeaning =
  | {
      readonly kind: 'message';
      readonly format: MessageFormat;
      /** `undefined` where the payload itself has to name the device. */
      readonly device: DeviceId | undefined;
    }
  | { readonly kind: 'rejected'; readonly reason: 'wrong-topic' | 'bad-device' };

export interface TopicResolver {
  /** What to subscribe to: each selected topic arrives through as few filters as possible. */
  readonly filters: readonly string[];
  /** What arrives at a topic; the first subscription that selects it decides. */
  resolve(topic: string): TopicMeaning;
}

/** The gateway's own topics, always listened to, after the configured ones. */
export const BUILT_IN_SUBSCRIPTIONS: readonly Subscription[] = [
  { topic: 'alongside/+/sensors', format: 'alongside' },
  { topic: 'alongside/+/frames', format: 'frame' },
  { topic: 'alongside/+/labels', format: 'labels' },
];

/** Topics the gateway itself publishes to; what it hears there would be its own voice. */
export const OUTPUT_TOPICS: readonly string[] = [
  'alongside/gateway/availability',
  'alongside/+/status',
  'alongside/+/connection',
];

/** Where it is published whether a device is connected, retained, for Home Assistant. */
export function connectionTopic(device: DeviceId): string {
  return `alongside/${device}/connection`;
}

const DEVICE_LEVEL = '{device}';
/** Formats whose payload names the device. */
const SELF_NAMED_FORMATS: ReadonlySet<MessageFormat> = new Set(['sensor-logger']);

/**
 * Prepares the configured subscriptions, followed by the built-in ones, for looking topics up.
 *
 * @throws GatewayError `CONFIG_INVALID` with every line of {@link subscriptionProblems}
 */
export function createTopicResolver(configured: readonly Subscription[]): TopicResolver {
  const problems = subscriptionProblems(configured);
  if (problems.length > 0) throw new GatewayError('CONFIG_INVALID', problems.join('\n'));
  const rules = [...configured, ...BUILT_IN_SUBSCRIPTIONS].map(compile);
  return {
    filters: widestFilters(rules.map((rule) => rule.filter)),
    resolve: (topic) => {
      const levels = topicLevels(topic);
      const rule = rules.find(({ filter }) => matchesTopic(filter, levels));
      return rule === undefined ? { kind: 'rejected', reason: 'wrong-topic' } : meaningOf(rule, levels);
    },
  };
}

/** Everything that is wrong with configured subscriptions, a line each; empty when all are good. */
export function subscriptionProblems(configured: readonly Subscription[]): string[] {
  return configured.flatMap((subscription) =>
    problemsOf(subscription).map((problem) => `subscription ${subscription.topic}: ${problem}`),
  );
}

interface Rule {
  readonly format: MessageFormat;
  readonly filter: TopicLevels;
  readonly fixedDevice: DeviceId | undefined;
  /** Level that names the device, where no device is fixed. */
  readonly deviceLevel: number | undefined;
}

function compile(subscription: Subscription): Rule {
  const filter = filterOf(subscription);
  const candidates = deviceLevels(subscription);
  const { device } = subscription;
  return {
    format: subscription.format,
    filter,
    fixedDevice: device === undefined ? undefined : parseDeviceId(device),
    deviceLevel: device === undefined ? candidates[0] : undefined,
  };
}

function meaningOf(rule: Rule, topic: TopicLevels): TopicMeaning {
  const { format, fixedDevice, deviceLevel } = rule;
  if (deviceLevel === undefined) return { kind: 'message', format, device: fixedDevice };
  const device = parseDeviceId(topic[deviceLevel] ?? '');
  return device === undefined
    ? { kind: 'rejected', reason: 'bad-device' }
    : { kind: 'message', format, device };
}

function problemsOf(subscription: Subscription): string[] {
  const { topic, device, format } = subscription;
  const filter = filterOf(subscription);
  const badFilter = filterProblem(filter.join('/'));
  if (badFilter !== undefined) return [badFilter];
  const placeholders = topicLevels(topic).filter((level) => level === DEVICE_LEVEL).length;
  const named = deviceLevels(subscription).length;
  const problems: string[] = [];
  if (filter[0] === '$share') {
    problems.push('$share spreads a device’s messages over several gateways; subscribe without it');
  }
  if (OUTPUT_TOPICS.some((output) => overlaps(filter, topicLevels(output)))) {
    problems.push('also selects topics the gateway itself publishes to; make it narrower');
  }
  if (device !== undefined && parseDeviceId(device) === undefined) {
    problems.push(`device "${device}" must be ${DEVICE_ID_RULE}`);
  }
  if (device !== undefined && placeholders > 0) problems.push(`has ${DEVICE_LEVEL} as well as a device`);
  if (device === undefined && named > 1) {
    problems.push(`has more than one level that could name the device; write one of them as ${DEVICE_LEVEL}`);
  }
  if (device === undefined && named === 0 && !SELF_NAMED_FORMATS.has(format)) {
    problems.push(
      `${format} messages do not name their device; add a level +, a level ${DEVICE_LEVEL} or a device`,
    );
  }
  return problems;
}

function filterOf({ topic }: Subscription): TopicLevels {
  return topicLevels(topic).map((level) => (level === DEVICE_LEVEL ? '+' : level));
}

/** Levels that may name the device: those written as placeholder, or else those written as `+`. */
function deviceLevels({ topic }: Subscription): number[] {
  const levels = topicLevels(topic);
  const wanted = levels.includes(DEVICE_LEVEL) ? DEVICE_LEVEL : '+';
  return levels.flatMap((level, index) => (level === wanted ? [index] : []));
}

/** Whether some topic is selected by both filters. */
function overlaps(one: TopicLevels, other: TopicLevels): boolean {
  for (let level = 0; level < Math.max(one.length, other.length); level++) {
    if (one[level] === '#' || other[level] === '#') return true;
    if (one[level] === undefined || other[level] === undefined) return false;
    if (one[level] !== '+' && other[level] !== '+' && one[level] !== other[level]) return false;
  }
  return true;
}

/** Brokers may send a message once a filter that selects it, so filters inside others are left out. */
function widestFilters(filters: readonly TopicLevels[]): string[] {
  const texts = [...new Set(filters.map((filter) => filter.join('/')))];
  const distinct = texts.map(topicLevels);
  return texts.filter(
    (_, index) =>
      !distinct.some((wide, other) => other !== index && coversFilter(wide, distinct[index] ?? [])),
  );
}
