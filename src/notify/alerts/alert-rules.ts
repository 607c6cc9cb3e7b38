import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Observable, Subject } from 'rxjs';
import { z } from 'zod';
import { type DeviceId, parseDeviceId } from '../../domain/ids.js';
import type { SharedRecords } from '../../domain/shared-records.js';
import { GatewayError, isMissing, messageOf } from '../../shared/errors.js';
import { writeAtomically } from '../../shared/files.js';
import type { Hours } from './local-time.js';
import { type AlertRule, alertRuleSchema, ruleProblems } from './rule-schema.js';

interface AlertRulesOptions {
  /** Rules of the configuration. */
  readonly configured: readonly AlertRule[];
  /** File of those made by API. */
  readonly path: string;
  /** Of rules that have none of their own. */
  readonly quietHours: Hours | undefined;
}

/** A rule, and whether it is of the configuration, where only an editor changes it. */
interface ListedRule {
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

const watchSchema = z.object({
  run: z.object({ sinceMs: z.number(), doubtSinceMs: z.number().optional() }).optional(),
  open: z.object({ sinceMs: z.number(), raisedAtMs: z.number() }).optional(),
  clearedAtMs: z.number().optional(),
  seenMs: z.number().optional(),
});

const openAlertSchema = z.object({
  id: z.string(),
  rule: z.string(),
  device: z.custom<DeviceId>((value) => typeof value === 'string' && parseDeviceId(value) !== undefined),
  text: z.string(),
  sinceMs: z.number(),
  raisedAtMs: z.number(),
});

const stateSchema = z.object({
  version: z.literal(1),
  /** By rule, then by device. */
  watches: z.record(z.string(), z.record(z.string(), watchSchema)),
  /** By rule, see {@link meaningOf}: what a rule has seen means nothing to another of the same name. */
  meanings: z.record(z.string(), z.string()).default({}),
  /** Alerts that are raised, to be cleared also when their rule is gone. */
  open: z.array(openAlertSchema).default([]),
  /** Devices that were online, with when they were heard last, epoch milliseconds. */
  online: z.record(z.string(), z.number()),
});

/** What outlives the process of alerts. */
export type AlertState = Readonly<z.infer<typeof stateSchema>>;

const rulesSchema = z.object({ version: z.literal(1), rules: z.array(alertRuleSchema) });

const NO_ALERTS: AlertState = { version: 1, watches: {}, meanings: {}, open: [], online: {} };

/** @throws GatewayError `CONFIG_INVALID` when a file is there that is none of these */
export const readAlertState = (path: string): Promise<AlertState> => readJson(path, stateSchema, NO_ALERTS);

/** Where rules made by API lie. */
export function rulesPath(dataDir: string): string {
  return join(dataDir, 'alerts', 'rules.json');
}

/** Rules made by API. */
export const readRules = (path: string): Promise<z.infer<typeof rulesSchema>> =>
  readJson(path, rulesSchema, { version: 1, rules: [] });

/** @throws GatewayError `DISK_UNAVAILABLE` (retryable) when it cannot be written */
export async function writeJson(
  path: string,
  content: AlertState | z.infer<typeof rulesSchema>,
): Promise<void> {
  await writeAtomically(path, `${JSON.stringify(content)}\n`);
}

async function readJson<T>(path: string, schema: z.ZodType<T>, none: T): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isMissing(error)) return none;
    throw new GatewayError(
      'CONFIG_INVALID',
      `${path} cannot be read: ${messageOf(error)}; restore it from a backup, or remove it`,
      { cause: error },
    );
  }
}
