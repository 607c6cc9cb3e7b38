import { createHash } from 'node:crypto';
import type { DeviceId } from '../../domain/ids.js';

/** What is published so that Home Assistant knows a device. */
export interface Discovery {
  readonly topic: string;
  /** JSON, after https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload */
  readonly payload: string;
  /** Platforms of its components, by the part of their id that follows the device's. */
  readonly components: Readonly<Record<string, string>>;
}

export interface DiscoveryOptions {
  /** Home Assistant's discovery prefix. */
  readonly prefix: string;
  /** Of the gateway. */
  readonly version: string;
  /** Targets that have a status. */
  readonly targets: readonly string[];
  /** Platforms of components that were made known earlier; those that are no more are removed by name. */
  readonly announced: Discovery['components'];
  /** Of targets with more than two classes: their names. */
  readonly classes?: Readonly<Record<string, readonly string[]>>;
  readonly topics: {
    /** Retained `online` or `offline`, by Last Will. */
    readonly availability: string;
    /** `{statuses: {<target>: {status, confidence}}}` */
    readonly status: string;
    /** `{online, lastSeen}`, see {@link connectionPayload}. */
    readonly connection: string;
    /** `{company: [{with}]}`, where the gateway looks for company. */
    readonly company?: string;
    /** `{worn: [label]}`, where the device has a camera. */
    readonly apparel?: string;
  };
}

interface Component extends Readonly<Record<string, unknown>> {
  readonly p: 'binary_sensor' | 'sensor';
  readonly uniq_id: string;
}

/** Where a device is made known; an empty retained message there takes it away again. */
export function discoveryTopic(prefix: string, device: DeviceId): string {
  return `${prefix}/device/${objectId(device)}/config`;
}

/** Makes a device known: a binary sensor and a confidence a target, whether it is connected, when it was seen last. */
export function discoveryOf(
  device: DeviceId,
  { prefix, version, targets, classes = {}, announced, topics }: DiscoveryOptions,
): Discovery {
  const id = objectId(device);
  const present = [
    ...targets.flatMap((target) => targetComponents(id, target, topics.status, classes[target])),
    ...(topics.company === undefined ? [] : [companyComponent(id, topics.company)]),
    ...(topics.apparel === undefined ? [] : [apparelComponent(id, topics.apparel)]),
    ...connectionComponents(id, topics.connection),
  ];
  const components = Object.fromEntries(
    present.map(({ uniq_id, p }) => [uniq_id.slice(id.length + 1), p] as const),
  );
  const gone = Object.entries(announced).filter(([name]) => !(name in components));
  const cmps = Object.fromEntries([
    ...present.map((component) => [component.uniq_id, component] as const),
    // With a platform alone Home Assistant removes a component; leaving it out would let it stay.
    ...gone.map(([name, p]) => [`${id}_${name}`, { p }] as const),
  ]);
  const payload = {
    dev: { ids: [id], name: device, mf: 'Alongside', mdl: 'Phone or wearable', sw: version },
    o: { name: 'Alongside', sw: version },
    avty: [{ t: topics.availability }],
    qos: 1,
    cmps,
  };
  return { topic: discoveryTopic(prefix, device), payload: JSON.stringify(payload), components };
}

/** The state behind the connection's entities. @param lastSeenMs epoch milliseconds, where it is known */
export function connectionPayload(device: DeviceId, online: boolean, lastSeenMs: number | undefined): string {
  const lastSeen = lastSeenMs === undefined ? null : new Date(lastSeenMs).toISOString();
  return JSON.stringify({ device, online, lastSeenMs: lastSeenMs ?? null, lastSeen });
}

function targetComponents(
  id: string,
  target: string,
  topic: string,
  classes: readonly string[] | undefined,
): Component[] {
  const name = words(target);
  const key = plain(target);
  const state = `value_json.statuses.get(${quoted(target)}, {})`;
  return [
    {
      ...(classes === undefined ? binaryState(target, state) : classState(classes, state)),
      name,
      uniq_id: `${id}_${key}`,
      stat_t: topic,
      // Since when, how sure, and why nothing is known.
      json_attr_t: topic,
      json_attr_tpl: `{{ ${state} | tojson }}`,
    },
    {
      p: 'sensor',
      name: `${name} confidence`,
      uniq_id: `${id}_${key}_confidence`,
      stat_t: topic,
      val_tpl: `{{ (${state}.get('confidence', 0) * 100) | round(1) }}`,
      unit_of_meas: '%',
      stat_cla: 'measurement',
      ent_cat: 'diagnostic',
    },
  ];
}

/** What a component says of its state. */
type StateParts = { readonly p: Component['p'] } & Readonly<Record<string, unknown>>;

/** `None` is how an MQTT sensor is told that nothing is known. */
function binaryState(target: string, state: string): StateParts {
  return {
    p: 'binary_sensor',
    val_tpl: `{% set s = ${state}.get('status') %}{{ 'ON' if s == 'yes' else 'OFF' if s == 'no' else 'None' }}`,
    ...(target === 'accompanied' ? { dev_cla: 'occupancy' } : {}),
  };
}

function classState(classes: readonly string[], state: string): StateParts {
  return {
    p: 'sensor',
    dev_cla: 'enum',
    ops: classes,
    val_tpl: `{% set s = ${state}.get('status', 'unknown') %}{{ 'None' if s == 'unknown' else s }}`,
  };
}

/** What a state of Home Assistant holds. */
const MAX_CHARACTERS = 255;
const MAX_NAMES = 3;

function companyComponent(id: string, topic: string): Component {
  const names = `value_json.company[:${MAX_NAMES}] | map(attribute='with') | join(', ')`;
  return {
    p: 'sensor',
    name: 'With',
    uniq_id: `${id}_with`,
    stat_t: topic,
    val_tpl: `{{ (${names}) if value_json.company else 'None' }}`,
    // Since when, and how sure.
    json_attr_t: topic,
  };
}

function apparelComponent(id: string, topic: string): Component {
  return {
    p: 'sensor',
    name: 'Wears',
    uniq_id: `${id}_wears`,
    stat_t: topic,
    val_tpl: `{{ (value_json.worn | join(', '))[:${MAX_CHARACTERS}] }}`,
    // When, how sure, and who of several people.
    json_attr_t: topic,
  };
}

function connectionComponents(id: string, topic: string): Component[] {
  return [
    {
      p: 'binary_sensor',
      name: 'Connected',
      uniq_id: `${id}_connected`,
      stat_t: topic,
      val_tpl: "{{ 'ON' if value_json.online else 'OFF' }}",
      dev_cla: 'connectivity',
      ent_cat: 'diagnostic',
    },
    {
      p: 'sensor',
      name: 'Last seen',
      uniq_id: `${id}_last_seen`,
      stat_t: topic,
      val_tpl: '{{ value_json.lastSeen }}',
      dev_cla: 'timestamp',
      ent_cat: 'diagnostic',
    },
  ];
}

/** A device's name as Home Assistant allows it in topics: what had to be replaced is told apart by a digest. */
function objectId(device: DeviceId): string {
  return `alongside_${plain(device)}`;
}

function plain(name: string): string {
  const replaced = name.replace(/[^A-Za-z0-9_-]/g, '_');
  if (replaced === name) return name;
  return `${replaced}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** `in-conversation` as people read it: `In conversation`. */
function words(name: string): string {
  const spaced = name.replace(/[_-]+/g, ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
