import type { Config } from '../config/schema.js';
import type { CurrentStatus } from '../domain/device.js';
import type { DeviceId } from '../domain/ids.js';
import type { UnknownReason } from '../domain/status.js';
import type { Company } from '../http/dependencies.js';
import { type IsSimulatedPhone, type SequenceManifest, speaksOf } from '../inference/models/manifest.js';
import { isWornElsewhere, tellerOf, tellersOf } from '../inference/models/tellers.js';
import { gridSpecOf } from '../recordings/recording-windows.js';
import type { Clock } from '../shared/clock.js';
import { planSensors } from '../stream/synchronise/grid-spec.js';
import {
  type ModelNeeds,
  nobodyFound,
  onlySimulated,
  whyUnknown,
  wornElsewhere,
} from '../stream/why-unknown.js';
import type { DeviceRegistry } from './device-registry.js';
import type { Placements } from './placements.js';
import { meaningOf, type ReasonLog } from './reason-log.js';
import { atPaceOf, trackOptions } from './stages.js';

/** What people expect of every gateway, whether or not a model tells it. */
const EXPECTED_TARGETS = ['accompanied', 'conversation'];

export interface UnknownStatusesParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly registry: Pick<DeviceRegistry, 'get' | 'evidenceOf'>;
  readonly placements: Pick<Placements, 'of'>;
  /** Models whose word counts, in the order in which they are asked. */
  readonly models: () => readonly SequenceManifest[];
  readonly isSimulatedPhone?: IsSimulatedPhone;
  readonly storeProblem: () => string | undefined;
  readonly isHearing: () => boolean;
  readonly company?: Pick<Company, 'whyNot'>;
}

/** Says of each device of which targets nothing is known, since when, and why. */
export class UnknownStatuses {
  readonly #parts: UnknownStatusesParts;
  readonly #startedMs: number;
  readonly #needs = new WeakMap<SequenceManifest, ModelNeeds>();

  constructor(parts: UnknownStatusesParts) {
    this.#parts = parts;
    this.#startedMs = parts.clock.nowMs();
  }

  /** Empty for a device of which everything is known. */
  of(device: DeviceId): CurrentStatus[] {
    const { registry, models } = this.#parts;
    const known = registry.get(device)?.statuses ?? [];
    const active = models();
    const told = active.flatMap(({ targets }) => targets.map(({ name }) => name));
    const targets = new Set([...EXPECTED_TARGETS, ...told, ...known.map(({ target }) => target)]);
    return [...targets].flatMap((target) => {
      const status = known.find((one) => one.target === target);
      if (status !== undefined && status.status !== 'unknown') return [];
      return [this.#explain(device, target, status?.sinceMs, active)];
    });
  }

  #explain(
    device: DeviceId,
    target: string,
    sinceMs: number | undefined,
    active: readonly SequenceManifest[],
  ): CurrentStatus {
    const sendingSinceMs =
      this.#parts.registry.evidenceOf(device)?.sendingSinceMs ?? Number.NEGATIVE_INFINITY;
    const unknownSinceMs = sinceMs ?? Math.max(this.#startedMs, sendingSinceMs);
    const reason = this.#reasonOf(device, target, active);
    return { target, status: 'unknown', confidence: 0, sinceMs: unknownSinceMs, reason };
  }

  #reasonOf(device: DeviceId, target: string, active: readonly SequenceManifest[]): UnknownReason {
    const { config, clock, registry, placements, storeProblem, isHearing, isSimulatedPhone, company } =
      this.#parts;
    const worn = placements.of(device);
    const model = tellerOf(active, target, worn);
    const isForOthers = model !== undefined && !speaksOf(model, device, isSimulatedPhone);
    if ((model === undefined || isForOthers) && target === 'accompanied' && config.company.enabled)
      return nobodyFound(company?.whyNot(device)?.text);
    if (isWornElsewhere(active, target, worn)) return wornElsewhere(target, worn, tellersOf(active, target));
    if (isForOthers) return onlySimulated(target, model.name);
    const { silenceMs, dwellMs } = atPaceOf(trackOptions(config, target), active, target);
    const needs = model === undefined ? undefined : this.#needsOf(model);
    return whyUnknown(target, needs, registry.evidenceOf(device), {
      nowMs: clock.nowMs(),
      silenceMs,
      dwellMs,
      latenessMs: config.stream.latenessMs,
      storeProblem: storeProblem(),
      isHearing: isHearing(),
    });
  }

  #needsOf(manifest: SequenceManifest): ModelNeeds {
    const known = this.#needs.get(manifest);
    if (known !== undefined) return known;
    const needs = needsOf(manifest);
    this.#needs.set(manifest, needs);
    return needs;
  }
}

function needsOf(manifest: SequenceManifest): ModelNeeds {
  const { name, sizeSamples, strideSamples, samplingRateHz } = manifest;
  return {
    name,
    windowMs: (sizeSamples / samplingRateHz) * 1000,
    strideMs: (strideSamples / samplingRateHz) * 1000,
    sensors: planSensors(gridSpecOf(manifest)).map(({ sources }) => sources.map(({ streams }) => streams)),
  };
}

/** Devices that are looked at in one tick at least: to look at one takes some 30 µs. */
const LEAST_A_TICK = 200;
/** Ticks in which each of many devices has its turn. */
const TICKS_A_ROUND = 5;

/** Publishes of which targets of a device nothing is known, whenever that or a reason changes, and logs the reasons. */
export class UnknownPublisher {
  readonly #unknown: Pick<UnknownStatuses, 'of'>;
  readonly #log: Pick<ReasonLog, 'note' | 'keepOnly'>;
  readonly #publish: (device: DeviceId, unknown: readonly CurrentStatus[]) => void;
  readonly #published = new Map<DeviceId, string>();
  /** Of the devices, the one whose turn is next. */
  #next = 0;

  constructor(
    unknown: Pick<UnknownStatuses, 'of'>,
    log: Pick<ReasonLog, 'note' | 'keepOnly'>,
    publish: (device: DeviceId, unknown: readonly CurrentStatus[]) => void,
  ) {
    this.#unknown = unknown;
    this.#log = log;
    this.#publish = publish;
  }

  /** @param devices those that are known; what was published of others is forgotten */
  tick(devices: readonly DeviceId[], nowMs: number): void {
    this.#log.keepOnly(devices);
    const known = new Set(devices);
    for (const device of this.#published.keys()) if (!known.has(device)) this.#published.delete(device);
    for (const device of this.#turnOf(devices)) this.#look(device, nowMs);
  }

  #turnOf(devices: readonly DeviceId[]): readonly DeviceId[] {
    const count = Math.max(LEAST_A_TICK, Math.ceil(devices.length / TICKS_A_ROUND));
    if (devices.length <= count) return devices;
    const from = this.#next % devices.length;
    this.#next = from + count;
    return [...devices.slice(from), ...devices.slice(0, from)].slice(0, count);
  }

  #look(device: DeviceId, nowMs: number): void {
    const unknown = this.#unknown.of(device);
    this.#log.note(device, unknown, nowMs);
    const meaning = JSON.stringify(
      unknown.map(({ target, reason }) => [target, reason && meaningOf(reason)]),
    );
    if (this.#published.get(device) === meaning) return;
    this.#publish(device, unknown);
    this.#published.set(device, meaning);
  }
}
