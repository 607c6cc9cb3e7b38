import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Observable, Subject } from 'rxjs';
import { z } from 'zod';
import type { Config } from '../config/schema.js';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import { GatewayError, isMissing, messageOf } from '../shared/errors.js';
import { writeAtomically } from '../shared/write-atomically.js';

const fileSchema = z.object({
  version: z.literal(1),
  /** Whether each device that was asked takes part. */
  takesPart: z.record(z.string(), z.boolean()),
});
type Chosen = ReadonlyMap<string, boolean>;

/** Which devices take part in company: by the configuration, else by what their wearers chose, else they do not. */
export class CompanyChoices {
  readonly #config: Pick<Config, 'company' | 'dataDir' | 'devices'>;
  #chosen: Chosen;
  #writing: Promise<void> = Promise.resolve();
  readonly #left = new Subject<DeviceId>();

  private constructor(config: Pick<Config, 'company' | 'dataDir' | 'devices'>, chosen: Chosen) {
    this.#config = config;
    this.#chosen = chosen;
  }

  /** @throws GatewayError `CONFIG_INVALID` when the file of choices is none */
  static async open(config: Pick<Config, 'company' | 'dataDir' | 'devices'>): Promise<CompanyChoices> {
    return new CompanyChoices(config, await readChosen(choicesPath(config)));
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
    await this.#change((chosen) => chosen.set(device, takesPart));
    if (!takesPart) this.#left.next(device);
  }

  get erasable(): Erasable {
    return {
      name: 'choices of company',
      holds: (device) => Promise.resolve(this.#chosen.has(device)),
      forget: async (device) => {
        if (this.#chosen.has(device)) await this.#change((chosen) => chosen.delete(device));
      },
    };
  }

  /** One change after the other; what could not be written does not hold. */
  #change(change: (chosen: Map<string, boolean>) => void): Promise<void> {
    const done = this.#writing.then(async () => {
      const next = new Map(this.#chosen);
      change(next);
      await writeChosen(choicesPath(this.#config), next);
      this.#chosen = next;
    });
    this.#writing = done.catch(() => undefined);
    return done;
  }
}

function choicesPath({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'company', 'choices.json');
}

async function readChosen(path: string): Promise<Chosen> {
  try {
    return new Map(Object.entries(fileSchema.parse(JSON.parse(await readFile(path, 'utf8'))).takesPart));
  } catch (error) {
    if (isMissing(error)) return new Map();
    throw new GatewayError(
      'CONFIG_INVALID',
      `${path} cannot be read: ${messageOf(error)}; restore it from a backup, or remove it: then all are asked again`,
      { cause: error },
    );
  }
}

async function writeChosen(path: string, chosen: Chosen): Promise<void> {
  const content = { version: 1, takesPart: Object.fromEntries(chosen) };
  await writeAtomically(path, `${JSON.stringify(content)}\n`);
}
