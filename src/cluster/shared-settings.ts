import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { SharedRecords } from '../domain/shared-records.js';
import { GatewayError, isMissing } from '../shared/errors.js';
import { writeAtomically } from '../shared/files.js';
import { every } from '../shared/lifetime.js';
import type { Bucket, BucketEntry } from './bucket.js';
import type { Revised, WriteOutcome } from './ownership.js';
import { escapeName, unescapeName } from './partition.js';
import { digestOf, planSettings, type SettingsPlan } from './settings-plan.js';

interface SharedSettingsParts {
  readonly bucket: Bucket;
  /** File of what this gateway and NATS agreed on, for changes that are made while either is away. */
  readonly path: string;
  /** What was changed could not be shared; it is tried again until it is. */
  readonly onFailed: (error: unknown) => void;
}

const agreedSchema = z.object({ version: z.literal(1), records: z.record(z.string(), z.string()) });

/** How often what could not be written is tried again, milliseconds. */
const AGAIN_MS = 1000;

/** Keeps records the same in the files of this gateway and in a bucket, and so at all gateways. */
export class SharedSettings implements AsyncDisposable {
  readonly #parts: SharedSettingsParts;
  readonly #there = new Map<string, Revised<string | undefined>>();
  readonly #agreed: Map<string, string>;
  readonly #shared: SharedRecords[] = [];
  readonly #closers: AsyncDisposable[] = [];
  readonly #subscriptions: { unsubscribe(): void }[] = [];
  #work: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #isBehind = false;

  private constructor(parts: SharedSettingsParts, agreed: Readonly<Record<string, string>>) {
    this.#parts = parts;
    this.#agreed = new Map(Object.entries(agreed));
  }

  static async open(parts: SharedSettingsParts): Promise<SharedSettings> {
    const settings = new SharedSettings(parts, await readAgreed(parts.path));
    await settings.#open();
    return settings;
  }

  async share(records: SharedRecords): Promise<void> {
    if (!records.outliveRestart) this.#forgetAgreed(records.name);
    this.#shared.push(records);
    this.#subscriptions.push(records.changes$.subscribe(() => this.#soon()));
    await this.settled();
  }

  /** @throws GatewayError `STORE_UNAVAILABLE` (retryable) when NATS does not take what was changed here */
  settled(): Promise<void> {
    this.#next ??= this.#work
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#round();
      });
    this.#work = this.#next;
    return this.#next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    for (const closer of this.#closers.reverse()) await closer[Symbol.asyncDispose]();
    await this.#work.catch(() => undefined);
  }

  async #open(): Promise<void> {
    const { bucket } = this.#parts;
    for (const entry of await bucket.all()) this.#saw(entry);
    this.#closers.push(
      await bucket.watch((entry) => {
        if (this.#saw(entry)) this.#soon();
      }),
      every(AGAIN_MS, async () => (this.#isBehind ? await this.settled() : undefined), {
        onFailed: () => undefined,
      }),
    );
  }

  /** @returns whether it is news */
  #saw({ key, revision, value }: Omit<BucketEntry, 'writtenAtMs'>): boolean {
    if ((this.#there.get(key)?.revision ?? 0) >= revision) return false;
    const text = value === undefined ? undefined : Buffer.from(value).toString();
    this.#there.set(key, { revision, value: text });
    return true;
  }

  #soon(): void {
    this.settled().catch(() => undefined);
  }

  async #round(): Promise<void> {
    const wasBehind = this.#isBehind;
    this.#isBehind = true;
    const before = JSON.stringify([...this.#agreed]);
    try {
      for (const records of this.#shared) await this.#settle(records);
      this.#isBehind = false;
    } catch (error) {
      if (!wasBehind) this.#parts.onFailed(error);
      throw error;
    } finally {
      if (JSON.stringify([...this.#agreed]) !== before) await this.#keepAgreed();
    }
  }

  async #settle(records: SharedRecords): Promise<void> {
    const { take } = this.#compare(records);
    if (take.size > 0) await records.take(new Map(Array.from(take, ([key, text]) => [key, parse(text)])));
    for (;;) {
      const { give } = this.#compare(records);
      const given = await Promise.all(
        Array.from(give, ([key, text]) => this.#give(`${records.name}.${escapeName(key)}`, text)),
      );
      if (given.every((isWritten) => isWritten)) return;
    }
  }

  /** What is to be changed here and in NATS; takes note of what is the same. What this gateway could not take is left alone. */
  #compare(records: SharedRecords): SettingsPlan {
    const prefix = `${records.name}.`;
    const own = <T>(entries: Iterable<readonly [string, T]>): [string, T][] =>
      [...entries].flatMap(([key, value]): [string, T][] => {
        const name = key.startsWith(prefix) ? unescapeName(key.slice(prefix.length)) : undefined;
        return name === undefined ? [] : [[name, value]];
      });
    const here = Array.from(records.all(), ([key, value]) => [key, toText(value)] as const);
    const there = own(this.#there).flatMap(([key, { value }]) =>
      value === undefined ? [] : [[key, value] as const],
    );
    const plan = planSettings(new Map(here), new Map(there), new Map(own(this.#agreed)));
    const common = new Map(there);
    for (const key of plan.same) this.#agree(`${prefix}${escapeName(key)}`, common.get(key));
    return plan;
  }

  /** @returns whether it is written; else somebody was faster, and it must be compared again */
  async #give(key: string, text: string | undefined): Promise<boolean> {
    const { bucket } = this.#parts;
    const revision = this.#there.get(key)?.revision ?? 0;
    const value = text === undefined ? undefined : Buffer.from(text);
    const outcome: { readonly kind: WriteOutcome['kind']; readonly revision?: number } =
      value === undefined
        ? await bucket.removeIfAt(key, revision)
        : await bucket.update(key, value, revision);
    if (outcome.kind === 'unknown') {
      const words = 'NATS does not take changes of settings; try again when it does';
      throw new GatewayError('STORE_UNAVAILABLE', words, { retryable: true });
    }
    // A removal does not tell its revision.
    const entry =
      outcome.revision === undefined ? await bucket.get(key) : { key, revision: outcome.revision, value };
    if (entry !== undefined) this.#saw(entry);
    if (outcome.kind === 'written') this.#agree(key, text);
    return outcome.kind === 'written';
  }

  #agree(key: string, text: string | undefined): void {
    const digest = digestOf(text);
    if (digest === undefined) this.#agreed.delete(key);
    else this.#agreed.set(key, digest);
  }

  #forgetAgreed(name: string): void {
    for (const key of this.#agreed.keys()) if (key.startsWith(`${name}.`)) this.#agreed.delete(key);
  }

  async #keepAgreed(): Promise<void> {
    const content = { version: 1, records: Object.fromEntries(this.#agreed) };
    await writeAtomically(this.#parts.path, `${JSON.stringify(content)}\n`);
  }
}

/** The same text for the same record, in whatever order its fields were set. */
function toText(record: unknown): string {
  return JSON.stringify(record, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}

function parse(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

async function readAgreed(path: string): Promise<Readonly<Record<string, string>>> {
  try {
    return agreedSchema.parse(JSON.parse(await readFile(path, 'utf8'))).records;
  } catch (error) {
    if (isMissing(error)) return {};
    const words = `${path} cannot be read; remove it: then what the other gateways have counts`;
    throw new GatewayError('CONFIG_INVALID', words, { cause: error });
  }
}
