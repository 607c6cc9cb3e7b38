import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config/schema.js';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import { type KnownPlacement, STATED_PLACEMENTS, type StatedPlacement } from '../domain/samples.js';
import { GatewayError, isMissing, messageOf } from '../shared/errors.js';
import { writeAtomically } from '../shared/write-atomically.js';

/** Below the data folder. */
const FILE = 'placements.json';

const fileSchema = z.object({
  version: z.literal(1),
  devices: z.record(z.string(), z.enum(STATED_PLACEMENTS)),
});

/** Where devices are worn: what people have said on pages and by API, else the configuration; kept over restarts. */
export class Placements {
  readonly #config: Config;
  #stated: ReadonlyMap<string, StatedPlacement>;
  #last: Promise<void> = Promise.resolve();

  private constructor(config: Config, stated: ReadonlyMap<string, StatedPlacement>) {
    this.#config = config;
    this.#stated = stated;
  }

  /** @throws GatewayError `CONFIG_INVALID` when the file is there and cannot be read */
  static async open(config: Config): Promise<Placements> {
    return new Placements(config, await readPlacements(config.dataDir));
  }

  of(device: DeviceId): KnownPlacement {
    return this.#stated.get(device) ?? this.#config.devices[device]?.placement ?? 'assumed';
  }

  /**
   * Takes down where a device is worn; `undefined`: nobody says any more. Resolves when it is on the disk, and holds from then.
   *
   * @throws GatewayError `DISK_UNAVAILABLE` (retryable); then all stays as it was
   */
  async say(device: DeviceId, placement: StatedPlacement | undefined): Promise<void> {
    // Files that one statement writes must not be overtaken by another.
    const done = this.#last.then(async () => {
      this.#stated = await write(this.#config.dataDir, this.#stated, device, placement);
    });
    this.#last = done.catch(() => undefined);
    await done;
  }

  /** What was said of a device, in memory and on the disk. */
  get erasable(): Erasable {
    return {
      name: 'placement',
      holds: (device) => Promise.resolve(this.#stated.has(device)),
      forget: async (device) => {
        if (this.#stated.has(device)) await this.say(device, undefined);
      },
    };
  }
}

async function readPlacements(dataDir: string): Promise<ReadonlyMap<string, StatedPlacement>> {
  const path = join(dataDir, FILE);
  try {
    return new Map(Object.entries(fileSchema.parse(JSON.parse(await readFile(path, 'utf8'))).devices));
  } catch (error) {
    if (isMissing(error)) return new Map();
    throw new GatewayError(
      'CONFIG_INVALID',
      `${path} cannot be read: ${messageOf(error)}; restore it from a backup, or remove it`,
      { cause: error },
    );
  }
}

async function write(
  dataDir: string,
  before: ReadonlyMap<string, StatedPlacement>,
  device: DeviceId,
  placement: StatedPlacement | undefined,
): Promise<ReadonlyMap<string, StatedPlacement>> {
  const stated = new Map(before);
  if (placement === undefined) stated.delete(device);
  else stated.set(device, placement);
  const content = { version: 1, devices: Object.fromEntries(stated) };
  await writeAtomically(join(dataDir, FILE), `${JSON.stringify(content)}\n`);
  return stated;
}
