import type { DeviceId } from '../../domain/ids.js';
import type { Alert, ClearReason } from '../../domain/notification.js';
import type { Results } from '../../domain/store.js';
import { type Hours, LocalClock } from './local-time.js';
import type { AlertCondition, AlertRule } from './rule-schema.js';
import { evaluateWatch, isAbout, type Moment, type Observation, observe, type Watch } from './watch.js';

const MINUTES_PER_HOUR = 60;

/** What an alert says: the rule's name and a sentence, such as `alone: accompanied has been "no" for 4 h on anna.` */
export function describeAlert({ name, when }: AlertRule, device: DeviceId): string {
  return `${name}: ${sentence(when, device)}`;
}

function sentence(when: AlertCondition, device: DeviceId): string {
  switch (when.type) {
    case 'status': {
      const statuses = when.is.map((status) => `"${status}"`).join(' or ');
      const { target, forMinutes } = when;
      return forMinutes === 0
        ? `${target} is ${statuses} on ${device}.`
        : `${target} has been ${statuses} for ${duration(forMinutes)} on ${device}.`;
    }
    case 'silent':
      return `${device} has sent nothing for ${duration(when.forMinutes)}.`;
    case 'label':
      return `the camera of ${device} saw "${when.label}".`;
  }
}

function duration(minutes: number): string {
  if (minutes < MINUTES_PER_HOUR || minutes % 1 !== 0) return `${minutes} min`;
  const rest = minutes % MINUTES_PER_HOUR;
  const hours = `${Math.floor(minutes / MINUTES_PER_HOUR)} h`;
  return rest === 0 ? hours : `${hours} ${rest} min`;
}

/** What the engine knows, to be gone on with: a rule's watches by device. */
type EngineState = Readonly<Record<string, Readonly<Record<string, Watch>>>>;

export interface AlertEngineOptions {
  /** Of rules that have none of their own; `undefined`: that of the machine. */
  readonly timeZone: string | undefined;
  readonly quietHours: Hours | undefined;
  /** Names an alert, the same whenever it is found out. */
  readonly idOf: (rule: string, device: DeviceId, sinceMs: number) => string;
  /** Whether nothing is missed between an earlier run and this one, so that what was known then still holds. @defaultValue false */
  readonly missesNothing?: boolean;
}

interface Watched {
  readonly rule: AlertRule;
  readonly clock: LocalClock;
  readonly watches: Map<DeviceId, Watch>;
  /** Devices whose status was heard since the start. */
  readonly heardOf: Set<DeviceId>;
  /** Hours as they are in one second: reading clocks of time zones is slow. */
  hours: { readonly second: number; readonly activeSinceMs: number | undefined; readonly isQuiet: boolean };
}

/** A moment as it is for all devices of a rule. */
type MomentOfAll = Omit<Moment, 'isStatusKnown' | 'heardBeforeStartMs'>;

const MS_PER_MINUTE = 60_000;

/** Rules, and what they know of devices: observations and time go in, alerts that were raised or cleared come out. */
export class AlertEngine {
  readonly #options: AlertEngineOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #startedAtMs: number;
  /** When devices were heard last, also before the start. */
  readonly #heardMs: Map<DeviceId, number>;
  #hearingSinceMs: number;
  #revision = 0;

  /**
   * @param startedAtMs since when devices can be heard, epoch milliseconds
   * @param heardMs when an earlier run has heard devices last
   */
  constructor(
    options: AlertEngineOptions,
    startedAtMs: number,
    heardMs: Iterable<readonly [DeviceId, number]>,
  ) {
    this.#options = options;
    this.#startedAtMs = startedAtMs;
    this.#heardMs = new Map(heardMs);
    this.#hearingSinceMs = startedAtMs;
  }

  get rules(): AlertRule[] {
    return Array.from(this.#watched.values(), ({ rule }) => rule);
  }

  get state(): EngineState {
    const entries = Array.from(this.#watched, ([name, { watches }]) => [name, Object.fromEntries(watches)]);
    return Object.fromEntries(entries);
  }

  /** Rises with whatever the state must not be without: all but when devices were heard. */
  get revision(): number {
    return this.#revision;
  }

  /** Alerts that are raised. */
  get open(): Alert[] {
    return [...this.#watched.values()].flatMap(({ rule, watches }) =>
      Array.from(watches).flatMap(([device, watch]) => this.#openOf(rule, device, watch)),
    );
  }

  /** Alerts of a device that are raised. */
  openOf(device: DeviceId): Alert[] {
    return this.watchesOf(device).flatMap(([rule, watch]) => this.#openOf(rule, device, watch));
  }

  /** What is known of a device, by rule. */
  watchesOf(device: DeviceId): (readonly [AlertRule, Watch])[] {
    return [...this.#watched.values()].flatMap(({ rule, watches }) => {
      const watch = watches.get(device);
      return watch === undefined ? [] : [[rule, watch] as const];
    });
  }

  /** Goes on with a rule where it was left. */
  add(rule: AlertRule, watches: Readonly<Record<string, Watch>> = {}): void {
    const { timeZone, missesNothing = false } = this.#options;
    const clock = new LocalClock(rule.timeZone ?? timeZone);
    const known = new Map(Object.entries(watches) as [DeviceId, Watch][]);
    const heardOf = new Set(missesNothing ? known.keys() : []);
    const hours = { second: Number.NaN, activeSinceMs: undefined, isQuiet: false };
    this.#watched.set(rule.name, { rule, clock, watches: known, heardOf, hours });
    this.#revision += 1;
  }

  /** @returns its alerts, cleared */
  remove(name: string, nowMs: number): Alert[] {
    const alerts = this.open.filter(({ rule }) => rule === name);
    this.#watched.delete(name);
    this.#revision += 1;
    return alerts.map((alert) => ({ ...alert, cleared: { atMs: nowMs, reason: 'rule-removed' } }));
  }

  /** Forgets a device; nothing is said of it any more. */
  forget(device: DeviceId): void {
    this.#heardMs.delete(device);
    for (const { watches, heardOf } of this.#watched.values()) {
      watches.delete(device);
      heardOf.delete(device);
    }
    this.#revision += 1;
  }

  knows(device: DeviceId): boolean {
    return this.watchesOf(device).length > 0;
  }

  /** @returns alerts that were raised or cleared by results */
  accept({ statuses, apparel }: Pick<Results, 'statuses' | 'apparel'>, nowMs: number): Alert[] {
    return [
      ...statuses.flatMap(({ device, target, status, sinceMs, clockSetBack = false }) =>
        this.observe(device, { kind: 'status', target, status, sinceMs, clockSetBack }, nowMs),
      ),
      ...apparel.flatMap(({ device, label, probability, atMs }) =>
        this.observe(device, { kind: 'label', label, probability, atMs }, nowMs),
      ),
    ];
  }

  /** @returns alerts that were raised or cleared by it */
  observe(device: DeviceId, observation: Observation, nowMs: number): Alert[] {
    if (observation.kind === 'heard') this.#heardMs.set(device, observation.atMs);
    return [...this.#watched.values()].flatMap((watched) => {
      const { rule, watches } = watched;
      if (rule.devices?.includes(device) === false) return [];
      const before = watches.get(device) ?? NOTHING;
      if (isAbout(rule.when, observation)) watched.heardOf.add(device);
      const after = observe(rule.when, before, observation);
      if (after === before) return [];
      if (observation.kind !== 'heard') this.#revision += 1;
      return this.#evaluate(watched, device, after, this.#momentOf(watched, nowMs));
    });
  }

  /**
   * Lets time pass.
   *
   * @param isHearing whether devices can be heard at the moment: silence in between is not theirs
   */
  tick(nowMs: number, isHearing: boolean): Alert[] {
    if (!isHearing) this.#hearingSinceMs = nowMs;
    return [...this.#watched.values()].flatMap((watched) => {
      const moment = this.#momentOf(watched, nowMs);
      return [...watched.watches].flatMap(([device, watch]) =>
        this.#evaluate(watched, device, watch, moment),
      );
    });
  }

  #evaluate(
    { rule, watches, heardOf }: Watched,
    device: DeviceId,
    before: Watch,
    ofAll: MomentOfAll,
  ): Alert[] {
    const heardMs = this.#heardMs.get(device) ?? this.#startedAtMs;
    const heardBeforeStartMs = heardMs < this.#startedAtMs ? heardMs : undefined;
    const moment = { ...ofAll, isStatusKnown: heardOf.has(device), heardBeforeStartMs };
    const { watch, verdict } = evaluateWatch(rule.when, before, moment, rule.cooldownMinutes * MS_PER_MINUTE);
    watches.set(device, watch);
    if (verdict !== undefined) this.#revision += 1;
    switch (verdict?.kind) {
      case undefined:
        return [];
      case 'raised':
        return [this.#alert(rule, device, verdict.sinceMs, moment.nowMs)];
      case 'cleared': {
        const { sinceMs, raisedAtMs, reason } = verdict;
        return [this.#alert(rule, device, sinceMs, raisedAtMs, { atMs: moment.nowMs, reason })];
      }
    }
  }

  #openOf(rule: AlertRule, device: DeviceId, { open }: Watch): Alert[] {
    return open === undefined ? [] : [this.#alert(rule, device, open.sinceMs, open.raisedAtMs)];
  }

  #momentOf(watched: Watched, nowMs: number): MomentOfAll {
    const second = Math.floor(nowMs / 1000);
    if (watched.hours.second !== second) watched.hours = { second, ...this.#hoursOf(watched, nowMs) };
    const { activeSinceMs, isQuiet } = watched.hours;
    return { nowMs, activeSinceMs, isQuiet, hearingSinceMs: this.#hearingSinceMs };
  }

  #hoursOf({ rule, clock }: Watched, nowMs: number): Pick<Moment, 'activeSinceMs' | 'isQuiet'> {
    const quiet = rule.quietHours ?? this.#options.quietHours;
    const now = clock.at(nowMs);
    return {
      activeSinceMs: rule.between === undefined ? 0 : clock.beganAt(now, rule.between, rule.days),
      isQuiet: quiet !== undefined && clock.beganAt(now, quiet) !== undefined,
    };
  }

  #alert(
    rule: AlertRule,
    device: DeviceId,
    sinceMs: number,
    raisedAtMs: number,
    cleared?: { readonly atMs: number; readonly reason: ClearReason },
  ): Alert {
    const id = this.#options.idOf(rule.name, device, sinceMs);
    return { id, rule: rule.name, device, text: describeAlert(rule, device), sinceMs, raisedAtMs, cleared };
  }
}

const NOTHING: Watch = {};
