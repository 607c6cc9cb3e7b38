import type { Subscription } from 'rxjs';
import type { Erasable } from '../../domain/erasable.js';
import type { DeviceId } from '../../domain/ids.js';
import type { Alert } from '../../domain/notification.js';
import type { Results } from '../../domain/store.js';
import type { Clock } from '../../shared/clock.js';
import { AlertEngine, type AlertEngineOptions } from './alert-engine.js';
import {
  type AlertRules,
  type AlertState,
  type RuleChange,
  readAlertState,
  writeJson,
} from './alert-rules.js';
import { type AlertRule, meaningOf } from './rule-schema.js';

export interface AlertServiceOptions extends AlertEngineOptions {
  readonly clock: Clock;
  readonly rules: AlertRules;
  readonly statePath: string;
  /** How long nothing is heard of a device that counts as offline, milliseconds. */
  readonly offlineMs: number;
  /** An alert was raised or cleared. */
  readonly onAlert: (alert: Alert) => void;
  /** A device came, or went. */
  readonly onPresence: (device: DeviceId, isOnline: boolean, atMs: number) => void;
  /** Resolves when what was told is on the disk: only then may the state say that it was told. */
  readonly told: () => Promise<void>;
}

/** How often what devices were heard is written without anything else having happened, milliseconds. */
const HEARD_SAVE_MS = 60_000;

/** Opens what is known of rules from the disk. */
export async function openAlertService(options: AlertServiceOptions): Promise<AlertService> {
  return new AlertService(options, await readAlertState(options.statePath));
}

/** Alerts by rules, and which devices are there: told once, over restarts too. */
export class AlertService implements AsyncDisposable {
  readonly #options: AlertServiceOptions;
  readonly #engine: AlertEngine;
  /** Devices that are online, with when they were heard last. */
  readonly #online: Map<DeviceId, number>;
  readonly #startedAtMs: number;
  #isChanged = false;
  #savedRevision = 0;
  #savedAtMs = 0;
  #saving: Promise<void> | undefined;
  readonly #following: Subscription;

  constructor(options: AlertServiceOptions, state: AlertState) {
    this.#options = options;
    this.#startedAtMs = options.clock.nowMs();
    this.#online = new Map(Object.entries(state.online) as [DeviceId, number][]);
    this.#engine = new AlertEngine(options, this.#startedAtMs, this.#online);
    this.#goOn(options.rules.all, state);
    this.#following = options.rules.changes$.subscribe((change) => this.#follow(change));
  }

  /** Whether something is known that the disk does not know yet. */
  get isPending(): boolean {
    return this.#isUnsaved || this.#saving !== undefined;
  }

  get open(): readonly Alert[] {
    return this.#engine.open;
  }

  accept(results: Pick<Results, 'statuses' | 'apparel'>): void {
    this.#tell(this.#engine.accept(results, this.#options.clock.nowMs()));
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#following.unsubscribe();
    await this.flush();
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

  #follow(change: RuleChange): void {
    if ('added' in change) this.#engine.add(change.added);
    else this.#tell(this.#engine.remove(change.removed, this.#options.clock.nowMs()));
    // What cannot be written here is tried again, and reported, by save().
    this.flush().catch(() => undefined);
  }

  get #isUnsaved(): boolean {
    return this.#isChanged || this.#engine.revision !== this.#savedRevision;
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
}
