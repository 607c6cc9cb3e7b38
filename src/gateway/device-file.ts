import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import { GatewayError, isMissing, messageOf } from '../shared/errors.js';
import { writeAtomically } from '../shared/write-atomically.js';

/** What people said of devices, one value a device, in memory and in a file that outlives restarts. */
export class DeviceFile<T> {
  readonly #path: string;
  readonly #key: string;
  #values: ReadonlyMap<string, T>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, key: string, values: ReadonlyMap<string, T>) {
    this.#path = path;
    this.#key = key;
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
        new Map(Object.entries(z.record(z.string(), value).parse(content[key]))),
      );
    } catch (error) {
      if (isMissing(error)) return new DeviceFile(path, key, new Map<string, T>());
      const hint = 'restore it from a backup, or remove it: then people are asked again';
      throw new GatewayError('CONFIG_INVALID', `${path} cannot be read: ${messageOf(error)}; ${hint}`, {
        cause: error,
      });
    }
  }

  get(device: DeviceId): T | undefined {
    return this.#values.get(device);
  }

  /**
   * One change after the other; resolves when it is on the disk, and holds from then on.
   *
   * @param value `undefined` takes back what was said
   * @throws GatewayError `DISK_UNAVAILABLE` (retryable); then all stays as it was
   */
  set(device: DeviceId, value: T | undefined): Promise<void> {
    const done = this.#writing.then(async () => {
      const next = new Map(this.#values);
      if (value === undefined) next.delete(device);
      else next.set(device, value);
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
