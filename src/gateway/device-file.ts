import { readFile } from 'node:fs/promises';
import { Subject } from 'rxjs';
import { z } from 'zod';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { SharedRecords } from '../domain/shared-records.js';
import { GatewayError, isMissing, messageOf } from '../shared/errors.js';
import { writeAtomically } from '../shared/files.js';

/** What people said of devices, one value a device, in memory and in a file that outlives restarts. */
export class DeviceFile<T> {
  readonly #path: string;
  readonly #key: string;
  readonly #schema: z.ZodType<T>;
  readonly #changes = new Subject<void>();
  #values: ReadonlyMap<string, T>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, key: string, schema: z.ZodType<T>, values: ReadonlyMap<string, T>) {
    this.#path = path;
    this.#key = key;
    this.#schema = schema;
    this.#values = values;
  }

  /**
   * @param key under which the file has the values
   * @throws GatewayError `CONFIG_INVALID` when the file is there and is none of these
   */
  static async open<T>(path: string, key: string, value: z.ZodType<T>): Promise<DeviceFile<T>> {
    const schema = z.object({ version: z.literal(1), [key]: z.record(z.string(), value) });
    try {
      const content = schema.parse(JSON.parse(await readFile(path, 'utf8')));
      return new DeviceFile(
        path,
        key,
        value,
        new Map(Object.entries(z.record(z.string(), value).parse(content[key]))),
      );
    } catch (error) {
      if (isMissing(error)) return new DeviceFile(path, key, value, new Map<string, T>());
      const hint = 'restore it from a backup, or remove it: then people are asked again';
      throw new GatewayError('CONFIG_INVALID', `${path} cannot be read: ${messageOf(error)}; ${hint}`, {
        cause: error,
      });
    }
  }

  get(device: DeviceId): T | undefined {
    return this.#values.get(device);
  }

  entries(): readonly (readonly [DeviceId, T])[] {
    // Written under names that were checked.
    return [...this.#values] as [DeviceId, T][];
  }

  /**
   * One change after the other; resolves when it is on the disk, and holds from then on.
   *
   * @param value `undefined` takes back what was said
   * @throws GatewayError `DISK_UNAVAILABLE` (retryable); then all stays as it was
   */
  async set(device: DeviceId, value: T | undefined): Promise<void> {
    await this.#change(new Map([[device, value]]));
    this.#changes.next();
  }

  /** The same at all gateways. @param name of the values among all that gateways share */
  shared(name: string): SharedRecords {
    return {
      name,
      outliveRestart: true,
      changes$: this.#changes,
      all: () => this.#values,
      take: async (changes) => {
        const known = [...changes].flatMap(([device, value]): [string, T | undefined][] => {
          const parsed = this.#schema.optional().safeParse(value);
          return parsed.success ? [[device, parsed.data]] : [];
        });
        await this.#change(new Map(known));
      },
    };
  }

  #change(changes: ReadonlyMap<string, T | undefined>): Promise<void> {
    const done = this.#writing.then(async () => {
      const next = new Map(this.#values);
      for (const [device, value] of changes) {
        if (value === undefined) next.delete(device);
        else next.set(device, value);
      }
      const content = { version: 1, [this.#key]: Object.fromEntries(next) };
      await writeAtomically(this.#path, `${JSON.stringify(content)}\n`);
      this.#values = next;
    });
    this.#writing = done.catch(() => undefined);
    return done;
  }

  /** @param name what it keeps, for people */
  erasable(name: string): Erasable {
    return {
      name,
      holds: (device) => Promise.resolve(this.#values.has(device)),
      forget: async (device) => {
        if (this.#values.has(device)) await this.set(device, undefined);
      },
    };
  }
}
