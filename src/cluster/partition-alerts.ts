import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { Alert } from '../domain/notification.js';
import type { Results, Sink } from '../domain/store.js';
import type { KeptAlerts } from '../gateway/device-state.js';
import { AlertEngine, type AlertEngineOptions } from '../notify/alerts/alert-engine.js';
import type { AlertRules, RuleChange } from '../notify/alerts/alert-rules.js';
import { meaningOf } from '../notify/alerts/rule-schema.js';
import type { Watch } from '../notify/alerts/watch.js';

interface PartitionAlertsParts {
  readonly options: AlertEngineOptions;
  readonly rules: Pick<AlertRules, 'all' | 'changes$'>;
  /** What owners before have left of devices, and the time of the log up to which they knew, epoch milliseconds. */
  readonly kept: ReadonlyMap<DeviceId, KeptAlerts>;
  readonly knownToMs: number;
  /** Time of the log, epoch milliseconds. */
  readonly nowMs: () => number;
  /** An alert was raised or cleared. */
  readonly tell: (alert: Alert) => void;
}

/** Alerts of one partition's devices, in the time of its log: its next owner goes on where the one before stood. */
export class PartitionAlerts implements Pick<Sink, 'accept'>, Disposable {
  readonly #parts: PartitionAlertsParts;
  readonly #engine: AlertEngine;
  readonly #changed = new Set<DeviceId>();
  readonly #following: { unsubscribe(): void };

  constructor(parts: PartitionAlertsParts) {
    const { options, rules, kept } = parts;
    this.#parts = parts;
    // Whatever happened while nobody owned the partition is in the log.
    this.#engine = new AlertEngine({ ...options, missesNothing: true }, 0, []);
    for (const rule of rules.all) this.#engine.add(rule, watchesOf(rule.name, meaningOf(rule), kept));
    this.#clearOfOtherRules();
    this.#following = rules.changes$.subscribe((change) => this.#follow(change));
  }

  get open(): readonly Alert[] {
    return this.#engine.open;
  }

  /** What is known of a device, for the next owner. */
  of(device: DeviceId): KeptAlerts {
    const watches = this.#engine
      .watchesOf(device)
      .map(([rule, watch]) => [rule.name, { meaning: meaningOf(rule), watch }] as const);
    return { watches: Object.fromEntries(watches), open: this.#engine.openOf(device) };
  }

  /** Devices of which alerts were raised or cleared since it was asked last. */
  takeChanged(): DeviceId[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  accept(results: Results): void {
    this.#tell(this.#engine.accept(results, this.#parts.nowMs()));
  }

  /** Time has passed. @param heard when devices that are online were heard last */
  step(heard: Iterable<readonly [DeviceId, number]>): void {
    const nowMs = this.#parts.nowMs();
    // What is gone through again was looked at then.
    if (nowMs <= this.#parts.knownToMs) return;
    for (const [device, atMs] of heard)
      this.#tell(this.#engine.observe(device, { kind: 'heard', atMs }, nowMs));
    this.#tell(this.#engine.tick(nowMs, true));
  }

  get erasable(): Erasable {
    return {
      name: 'alerts',
      forget: (device) => Promise.resolve(this.#engine.forget(device)),
      holds: (device) => Promise.resolve(this.#engine.knows(device)),
    };
  }

  [Symbol.dispose](): void {
    this.#following.unsubscribe();
  }

  /** What was raised by a rule that went, or asks for something else, while nobody owned the partition. */
  #clearOfOtherRules(): void {
    const { kept, knownToMs: atMs } = this.#parts;
    const known = new Set(this.open.map(({ id }) => id));
    for (const { open } of kept.values())
      for (const alert of open)
        if (!known.has(alert.id)) this.#tell([{ ...alert, cleared: { atMs, reason: 'rule-removed' } }]);
  }

  #follow(change: RuleChange): void {
    if ('added' in change) this.#engine.add(change.added);
    else this.#tell(this.#engine.remove(change.removed, this.#parts.nowMs()));
  }

  #tell(alerts: readonly Alert[]): void {
    for (const alert of alerts) {
      this.#changed.add(alert.device);
      this.#parts.tell(alert);
    }
  }
}

/** What is kept of a rule, by device, as far as it asked for the same. */
function watchesOf(
  name: string,
  meaning: string,
  kept: ReadonlyMap<DeviceId, KeptAlerts>,
): Record<DeviceId, Watch> {
  const entries = Array.from(kept).flatMap(([device, { watches }]) => {
    const known = watches[name];
    return known?.meaning === meaning ? [[device, known.watch] as const] : [];
  });
  return Object.fromEntries(entries);
}
