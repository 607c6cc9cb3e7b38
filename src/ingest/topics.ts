import { DEVICE_ID_RULE, type DeviceId, parseDeviceId } from '../domain/ids.js';
import type { MessageFormat } from '../domain/message.js';
import { GatewayError } from '../shared/errors.js';

/** A topic filter to listen to and what arrives there. */
export interface Subscription {
  /** MQTT topic filter. Its one `+`, or the level `{device}` if there are several, names the device. */
  readonly topic: string;
  readonly format: MessageFormat;
  /** Device of all messages of this subscription. */
  readonly device?: string | undefined;
}

/** What a topic says about the messages published to it. */
type TopicMeaning =
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
const BUILT_IN_SUBSCRIPTIONS: readonly Subscription[] = [
  { topic: 'alongside/+/sensors', format: 'alongside' },
  { topic: 'alongside/+/frames', format: 'frame' },
  { topic: 'alongside/+/labels', format: 'labels' },
];

/** Topics the gateway itself publishes to; what it hears there would be its own voice. */
export const OUTPUT_TOPICS: readonly string[] = [
  'alongside/gateway/availability',
  'alongside/+/status',
  'alongside/+/connection',
  'alongside/+/company',
  'alongside/+/apparel',
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

/** A topic or topic filter cut at its slashes. */
type TopicLevels = readonly string[];

export function topicLevels(topic: string): TopicLevels {
  return topic.split('/');
}

/**
 * Whether a topic filter selects a topic, as in MQTT 3.1.1 and 5, section 4.7: `+` stands for one level, which may be
 * empty; `#` for any number of levels, so that `a/#` selects `a` too; neither selects a `$` topic at the first level.
 */
export function matchesTopic(filter: TopicLevels, topic: TopicLevels): boolean {
  if (topic[0]?.startsWith('$') === true && isWildcard(filter[0])) return false;
  for (let level = 0; level < filter.length; level++) {
    if (filter[level] === '#') return true;
    if (level >= topic.length) return false;
    if (filter[level] !== '+' && filter[level] !== topic[level]) return false;
  }
  return filter.length === topic.length;
}

/** Whether every topic that `narrow` selects is also selected by `wide`. */
export function coversFilter(wide: TopicLevels, narrow: TopicLevels): boolean {
  if (narrow[0]?.startsWith('$') === true && isWildcard(wide[0])) return false;
  for (let level = 0; level < wide.length; level++) {
    if (wide[level] === '#') return true;
    if (level >= narrow.length || narrow[level] === '#') return false;
    if (wide[level] !== '+' && wide[level] !== narrow[level]) return false;
  }
  return wide.length === narrow.length;
}

/** What breaks the rules for topic filters, in words; `undefined` for a good one. */
export function filterProblem(filter: string): string | undefined {
  if (filter === '') return 'is empty';
  if (filter.includes('\0')) return 'contains the character U+0000';
  const levels = topicLevels(filter);
  if (levels.some((level, index) => level === '#' && index < levels.length - 1)) {
    return 'has # before its last level';
  }
  if (levels.some((level) => level.length > 1 && /[+#]/.test(level))) {
    return 'has + or # beside other characters; they must fill a level alone';
  }
  return undefined;
}

function isWildcard(level: string | undefined): boolean {
  return level === '+' || level === '#';
}
