import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config/schema.js';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import { type KnownPlacement, STATED_PLACEMENTS, type StatedPlacement } from '../domain/samples.js';
import type { SharedRecords } from '../domain/shared-records.js';
import { DeviceFile } from './device-file.js';

/** Where devices are worn: what people have said on pages and by API, else the configuration; kept over restarts. */
export class Placements {
  readonly #config: Config;
  readonly #stated: DeviceFile<StatedPlacement>;

  private constructor(config: Config, stated: DeviceFile<StatedPlacement>) {
    this.#config = config;
    this.#stated = stated;
  }

  /** @throws GatewayError `CONFIG_INVALID` when the file is there and cannot be read */
  static async open(config: Config): Promise<Placements> {
    const path = join(config.dataDir, 'placements.json');
    return new Placements(config, await DeviceFile.open(path, 'devices', z.enum(STATED_PLACEMENTS)));
  }

  of(device: DeviceId): KnownPlacement {
    return this.#stated.get(device) ?? this.#config.devices[device]?.placement ?? 'assumed';
  }

  /**
   * Takes down where a device is worn; `undefined`: nobody says any more.
   *
   * @throws GatewayError `DISK_UNAVAILABLE` (retryable); then all stays as it was
   */
  say(device: DeviceId, placement: StatedPlacement | undefined): Promise<void> {
    return this.#stated.set(device, placement);
  }

  get shared(): SharedRecords {
    return this.#stated.shared('placements');
  }

  /** What was said of a device, in memory and on the disk. */
  get erasable(): Erasable {
    return { ...this.#stated.erasable('placement'), heldBy: 'all' };
  }
}
