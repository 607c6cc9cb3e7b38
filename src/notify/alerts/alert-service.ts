import { Subject } from 'rxjs';
import type { Erasable } from '../../domain/erasable.js';
import type { DeviceId } from '../../domain/ids.js';
import type { Alert } from '../../domain/notification.js';
import type { SharedRecords } from '../../domain/shared-records.js';
import type { Results } from '../../domain/store.js';
import type { Clock } from '../../shared/clock.js';
import { GatewayError } from '../../shared/errors.js';
import { AlertEngine, type AlertEngineOptions } from './alert-engine.js';
import { type AlertState, readAlertState, readRules, writeJson } from './alert-files.js';
import { meaningOf, ruleProblems } from './rule-problems.js';
import { type AlertRule, alertRuleSchema } from './rule-schema.js';
import type { Observation } from './watch.js';

export interface AlertServiceOptions extends AlertEngineOptions {
  readonly clock: Clock;
  /** Rules of the configuration; those made by API lie in a file. */
  readonly configured: readonly AlertRule[];
  readonly statePath: string;
  readonly rulesPath: string;
  /** How long nothing is heard of a device that counts as offline, milliseconds. */
  readonly offlineMs: number;
  /** An alert was raised or cleared. */
  readonly onAlert: (alert: Alert) => void;
  /** A device came, or went. */
  readonly onPresence: (device: DeviceId, isOnline: boolean, atMs: number) => void;
  /** Resolves when what was told is on the disk: only then may the state say that it was told. */
  readonly told: () => Promise<void>;
}

/** A rule, and whether it is of the configuration, where only an editor changes it. */
export interface ListedRule {
  readonly rule: AlertRule;
  readonly isConfigured: boolean;
}

/** How often what devices were heard is written without anything else having happened, milliseconds. */
const HEARD_SAVE_MS = 60_000;

/** Rules made by API: each costs a look at every status, and all are written with every change. */
const MAX_MADE_RULES = 100;

/** Opens rules and what they know from the disk. */
export async function openAlertService(options: AlertServiceOptions): Promise<AlertService> {
  const { rules } = await readRules(options.rulesPath);
  return new AlertService(options, await readAlertState(options.statePath), rules);
}

/** Alerts by rules, and which devices are there: told once, over restarts too. */
export class AlertService {
  readonly #options: AlertServiceOptions;
  readonly #engine: AlertEngine;
  readonly #made: Map<string, AlertRule>;
  /** Devices that are online, with when they were heard last. */
  readonly #online: Map<DeviceId, number>;
  readonly #startedAtMs: number;
  #isChanged = false;
  #savedRevision = 0;
  #savedAtMs = 0;
  #saving: Promise<void> | undefined;
  #changing: Promise<void> = Promise.resolve();
  readonly #rulesChanged = new Subject<void>();

  constructor(options: AlertServiceOptions, state: AlertState, made: readonly AlertRule[]) {
    this.#options = options;
    this.#startedAtMs = options.clock.nowMs();
    this.#online = new Map(Object.entries(state.online) as [DeviceId, number][]);
    this.#engine = new AlertEngine(options, this.#startedAtMs, this.#online);
    this.#made = new Map(made.map((rule) => [rule.name, rule]));
    const problems = ruleProblems([...options.configured, ...made], options.quietHours);
    if (problems.length > 0) throw new GatewayError('CONFIG_INVALID', `alerts: ${problems.join('; ')}`);
    this.#goOn([...options.configured, ...made], state);
  }

  /** Whether something is known that the disk does not know yet. */
  get isPending(): boolean {
    return this.#isUnsaved || this.#saving !== undefined;
  }

  get open(): readonly Alert[] {
    return this.#engine.open;
  }

  get rules(): ListedRule[] {
    return this.#engine.rules.map((rule) => ({ rule, isConfigured: !this.#made.has(rule.name) }));
  }

  accept({ statuses, apparel }: Pick<Results, 'statuses' | 'apparel'>): void {
    for (const { device, target, status, sinceMs, clockSetBack = false } of statuses) {
      this.#observe(device, { kind: 'status', target, status, sinceMs, clockSetBack });
    }
    for (const { device, label, probability, atMs } of apparel) {
      this.#observe(device, { kind: 'label', label, probability, atMs });
    }
  }

  online(device: DeviceId, atMs: number): void {
    const isNews = !this.#online.has(device);
    this.heard(device, atMs);
    if (isNews) this.#present(device, true, atMs);
  }

  offline(device: DeviceId, atMs: number): void {
    if (this.#online.delete(device)) this.#present(device, false, atMs);
  }

  /** A device was heard; it goes on being online. */
  heard(device: DeviceId, atMs: number): void {
    if (this.#online.get(device) === atMs) return;
    this.#online.set(device, atMs);
    this.#tell(this.#engine.observe(device, { kind: 'heard', atMs }, this.#options.clock.nowMs()));
  }

  /** Lets time pass. @param isHearing whether devices can be heard at the moment */
  tick(isHearing: boolean): void {
    const nowMs = this.#options.clock.nowMs();
    this.#tell(this.#engine.tick(nowMs, isHearing));
    if (nowMs - this.#startedAtMs < this.#options.offlineMs || !isHearing) return;
    for (const [device, heardMs] of this.#online) {
      // Those of an earlier run that did not come again.
      if (heardMs < this.#startedAtMs) this.offline(device, nowMs);
    }
  }

  /** @throws GatewayError `INPUT_REFUSED` when it cannot be meant, alone or beside the others; `DISK_UNAVAILABLE` */
  async add(rule: AlertRule): Promise<void> {
    await this.#change(async () => {
      const problems = ruleProblems([...this.#engine.rules, rule], this.#options.quietHours);
      if (problems.length > 0) throw new GatewayError('INPUT_REFUSED', problems.join('; '));
      if (this.#made.size >= MAX_MADE_RULES) {
        throw new GatewayError(
          'INPUT_REFUSED',
          `there are ${MAX_MADE_RULES} rules already; remove one first`,
        );
      }
      await this.#writeRules([...this.#made.values(), rule]);
      this.#made.set(rule.name, rule);
      this.#engine.add(rule);
    });
  }

  /** @throws GatewayError `NOT_FOUND`, or `INPUT_REFUSED` for a rule of the configuration */
  async remove(name: string): Promise<void> {
    await this.#change(async () => {
      if (!this.#engine.rules.some((rule) => rule.name === name)) {
        throw new GatewayError('NOT_FOUND', `there is no alert rule ${name}`);
      }
      if (!this.#made.has(name)) {
        throw new GatewayError('INPUT_REFUSED', `rule ${name} is in the configuration; take it out there`);
      }
      await this.#writeRules([...this.#made.values()].filter((rule) => rule.name !== name));
      this.#made.delete(name);
      this.#tell(this.#engine.remove(name, this.#options.clock.nowMs()));
    });
  }

  /** Writes the state if that is due; to be called again and again. */
  async save(): Promise<void> {
    const isDue = this.#options.clock.nowMs() - this.#savedAtMs >= HEARD_SAVE_MS && this.#online.size > 0;
    if (this.#isUnsaved || isDue) await this.flush();
  }

  /** Resolves when the disk knows everything. */
  async flush(): Promise<void> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = undefined;
    });
    await this.#saving;
  }

  /** Rules made by API, the same at all gateways. */
  get shared(): SharedRecords {
    return {
      name: 'alert-rules',
      outliveRestart: true,
      changes$: this.#rulesChanged,
      all: () => this.#made,
      take: (changes) => this.#change(() => this.#take(changes)),
    };
  }

  get erasable(): Erasable {
    const knows = (device: DeviceId): boolean => this.#online.has(device) || this.#engine.knows(device);
    return {
      name: 'alerts',
      holds: (device) => Promise.resolve(knows(device)),
      forget: async (device) => {
        this.#online.delete(device);
        this.#engine.forget(device);
        await this.flush();
        await this.flush();
      },
    };
  }

  /** Rules go on where they were left; what was raised by one that is gone, or asks for something else now, is cleared. */
  #goOn(rules: readonly AlertRule[], { watches, meanings, open }: AlertState): void {
    const goesOn = (rule: AlertRule): boolean => (meanings[rule.name] ?? meaningOf(rule)) === meaningOf(rule);
    for (const rule of rules) this.#engine.add(rule, goesOn(rule) ? watches[rule.name] : {});
    this.#savedRevision = this.#engine.revision;
    for (const alert of open) {
      if (rules.some((rule) => rule.name === alert.rule && goesOn(rule))) continue;
      this.#isChanged = true;
      this.#tell([{ ...alert, cleared: { atMs: this.#startedAtMs, reason: 'rule-removed' } }]);
    }
  }

  async #take(changes: ReadonlyMap<string, unknown>): Promise<void> {
    const made = new Map(this.#made);
    for (const [name, value] of changes) {
      const rule = alertRuleSchema.optional().safeParse(value);
      if (!rule.success) continue;
      made.delete(name);
      if (rule.data !== undefined) made.set(name, rule.data);
    }
    await this.#writeRules([...made.values()]);
    const nowMs = this.#options.clock.nowMs();
    for (const name of changes.keys()) {
      if (this.#made.delete(name)) this.#tell(this.#engine.remove(name, nowMs));
      const rule = made.get(name);
      if (rule === undefined) continue;
      this.#made.set(name, rule);
      this.#engine.add(rule);
    }
  }

  get #isUnsaved(): boolean {
    return this.#isChanged || this.#engine.revision !== this.#savedRevision;
  }

  #observe(device: DeviceId, observation: Observation): void {
    this.#tell(this.#engine.observe(device, observation, this.#options.clock.nowMs()));
  }

  #present(device: DeviceId, isOnline: boolean, atMs: number): void {
    this.#isChanged = true;
    this.#options.onPresence(device, isOnline, atMs);
  }

  #tell(alerts: readonly Alert[]): void {
    for (const alert of alerts) this.#options.onAlert(alert);
  }

  async #save(): Promise<void> {
    this.#isChanged = false;
    const { revision } = this.#engine;
    const state = {
      version: 1,
      watches: this.#engine.state,
      meanings: Object.fromEntries(this.#engine.rules.map((rule) => [rule.name, meaningOf(rule)])),
      open: this.#engine.open,
      online: Object.fromEntries(this.#online),
    } as const;
    try {
      await this.#options.told();
      await writeJson(this.#options.statePath, state);
      this.#savedAtMs = this.#options.clock.nowMs();
      this.#savedRevision = revision;
    } catch (error) {
      this.#isChanged = true;
      throw error;
    }
  }

  /** One change of the rules after the other; none holds before it is on the disk. */
  async #change(work: () => Promise<void>): Promise<void> {
    const done = this.#changing.then(work);
    this.#changing = done.catch(() => undefined);
    await done;
    this.#rulesChanged.next();
    this.#isChanged = true;
    // The rule holds already. What cannot be written here is tried again, and reported, by save().
    await this.flush().catch(() => undefined);
  }

  #writeRules(rules: readonly AlertRule[]): Promise<void> {
    return writeJson(this.#options.rulesPath, { version: 1, rules: [...rules] });
  }
}
