import { type Observable, Subject } from 'rxjs';
import type { SharedRecords } from '../../domain/shared-records.js';
import { GatewayError } from '../../shared/errors.js';
import { readRules, writeJson } from './alert-files.js';
import { ruleProblems } from './rule-problems.js';
import { type AlertRule, alertRuleSchema, type Hours } from './rule-schema.js';

interface AlertRulesOptions {
  /** Rules of the configuration. */
  readonly configured: readonly AlertRule[];
  /** File of those made by API. */
  readonly path: string;
  /** Of rules that have none of their own. */
  readonly quietHours: Hours | undefined;
}

/** A rule, and whether it is of the configuration, where only an editor changes it. */
export interface ListedRule {
  readonly rule: AlertRule;
  readonly isConfigured: boolean;
}

/** A rule that is gone, or one that is new. */
export type RuleChange = { readonly removed: string } | { readonly added: AlertRule };

/** Rules made by API: each costs a look at every status, and all are written with every change. */
const MAX_MADE_RULES = 100;

/** Opens the rules of the configuration and of a file. */
export async function openAlertRules(options: AlertRulesOptions): Promise<AlertRules> {
  return new AlertRules(options, (await readRules(options.path)).rules);
}

/** What counts as wrong: rules of the configuration, and rules made by API. */
export class AlertRules {
  readonly #options: AlertRulesOptions;
  readonly #made: Map<string, AlertRule>;
  readonly #changes = new Subject<RuleChange>();
  readonly #written = new Subject<void>();
  #changing: Promise<void> = Promise.resolve();

  /** @throws GatewayError `CONFIG_INVALID` for rules that contradict */
  constructor(options: AlertRulesOptions, made: readonly AlertRule[]) {
    this.#options = options;
    this.#made = new Map(made.map((rule) => [rule.name, rule]));
    const problems = ruleProblems(this.all, options.quietHours);
    if (problems.length > 0) throw new GatewayError('CONFIG_INVALID', `alerts: ${problems.join('; ')}`);
  }

  get all(): AlertRule[] {
    return [...this.#options.configured, ...this.#made.values()];
  }

  get listed(): ListedRule[] {
    return this.all.map((rule) => ({ rule, isConfigured: !this.#made.has(rule.name) }));
  }

  /** Each change, once it is on the disk. */
  get changes$(): Observable<RuleChange> {
    return this.#changes;
  }

  /** @throws GatewayError `INPUT_REFUSED` when it cannot be meant, alone or beside the others; `DISK_UNAVAILABLE` */
  async add(rule: AlertRule): Promise<void> {
    await this.#change(async () => {
      const problems = ruleProblems([...this.all, rule], this.#options.quietHours);
      if (problems.length > 0) throw new GatewayError('INPUT_REFUSED', problems.join('; '));
      if (this.#made.size >= MAX_MADE_RULES) {
        const words = `there are ${MAX_MADE_RULES} rules already; remove one first`;
        throw new GatewayError('INPUT_REFUSED', words);
      }
      await this.#write([...this.#made.values(), rule]);
      this.#add(rule);
    });
  }

  /** @throws GatewayError `NOT_FOUND`, or `INPUT_REFUSED` for a rule of the configuration */
  async remove(name: string): Promise<void> {
    await this.#change(async () => {
      if (!this.all.some((rule) => rule.name === name)) {
        throw new GatewayError('NOT_FOUND', `there is no alert rule ${name}`);
      }
      if (!this.#made.has(name)) {
        throw new GatewayError('INPUT_REFUSED', `rule ${name} is in the configuration; take it out there`);
      }
      await this.#write([...this.#made.values()].filter((rule) => rule.name !== name));
      this.#remove(name);
    });
  }

  /** Rules made by API, the same at all gateways. */
  get shared(): SharedRecords {
    return {
      name: 'alert-rules',
      outliveRestart: true,
      changes$: this.#written,
      all: () => this.#made,
      take: (changes) => this.#change(() => this.#take(changes)),
    };
  }

  async #take(changes: ReadonlyMap<string, unknown>): Promise<void> {
    const made = new Map(this.#made);
    for (const [name, value] of changes) {
      const rule = alertRuleSchema.optional().safeParse(value);
      if (!rule.success) continue;
      made.delete(name);
      if (rule.data !== undefined) made.set(name, rule.data);
    }
    await this.#write([...made.values()]);
    for (const name of changes.keys()) {
      this.#remove(name);
      const rule = made.get(name);
      if (rule !== undefined) this.#add(rule);
    }
  }

  #add(rule: AlertRule): void {
    this.#made.set(rule.name, rule);
    this.#changes.next({ added: rule });
  }

  #remove(name: string): void {
    if (this.#made.delete(name)) this.#changes.next({ removed: name });
  }

  /** One change after the other; none holds before it is on the disk. */
  async #change(work: () => Promise<void>): Promise<void> {
    const done = this.#changing.then(work);
    this.#changing = done.catch(() => undefined);
    await done;
    this.#written.next();
  }

  #write(rules: readonly AlertRule[]): Promise<void> {
    return writeJson(this.#options.path, { version: 1, rules: [...rules] });
  }
}
