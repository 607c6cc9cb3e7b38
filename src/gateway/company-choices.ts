import { join } from 'node:path';
import { type Observable, Subject } from 'rxjs';
import { z } from 'zod';
import type { Config } from '../config/schema.js';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { SharedRecords } from '../domain/shared-records.js';
import { GatewayError } from '../shared/errors.js';
import { DeviceFile } from './device-file.js';

/** Which devices take part in company: by the configuration, else by what their wearers chose, else they do not. */
export class CompanyChoices {
  readonly #config: Pick<Config, 'company' | 'dataDir' | 'devices'>;
  readonly #chosen: DeviceFile<boolean>;
  readonly #left = new Subject<DeviceId>();

  private constructor(config: Pick<Config, 'company' | 'dataDir' | 'devices'>, chosen: DeviceFile<boolean>) {
    this.#config = config;
    this.#chosen = chosen;
  }

  /** @throws GatewayError `CONFIG_INVALID` when the file of choices is none */
  static async open(config: Pick<Config, 'company' | 'dataDir' | 'devices'>): Promise<CompanyChoices> {
    const path = join(config.dataDir, 'company', 'choices.json');
    return new CompanyChoices(config, await DeviceFile.open(path, 'takesPart', z.boolean()));
  }

  get isEnabled(): boolean {
    return this.#config.company.enabled;
  }

  /** Names devices whose wearers no longer want to take part. */
  get left$(): Observable<DeviceId> {
    return this.#left;
  }

  /** `undefined`: nobody has chosen. */
  choiceOf(device: DeviceId): boolean | undefined {
    const set = this.#config.devices[device]?.company;
    return set === undefined ? this.#chosen.get(device) : set === 'on';
  }

  takesPart(device: DeviceId): boolean {
    return this.isEnabled && this.choiceOf(device) === true;
  }

  /** @throws GatewayError `INPUT_REFUSED` where it is not for the wearer to choose, `DISK_UNAVAILABLE` (retryable) */
  async choose(device: DeviceId, takesPart: boolean): Promise<void> {
    if (!this.isEnabled) {
      throw new GatewayError(
        'INPUT_REFUSED',
        'The gateway does not look for company; company.enabled=true switches that on',
      );
    }
    if (this.#config.devices[device]?.company !== undefined) {
      throw new GatewayError('INPUT_REFUSED', `The configuration decides: devices.${device}.company`);
    }
    await this.#chosen.set(device, takesPart);
    if (!takesPart) this.#left.next(device);
  }

  get shared(): SharedRecords {
    return this.#chosen.shared('company');
  }

  get erasable(): Erasable {
    return { ...this.#chosen.erasable('choices of company'), heldBy: 'all' };
  }
}
