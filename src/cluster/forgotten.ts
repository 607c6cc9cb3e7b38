import { join } from 'node:path';
import { z } from 'zod';
import type { DeviceId } from '../domain/ids.js';
import type { SharedRecords } from '../domain/shared-records.js';
import { DeviceFile } from '../gateway/device-file.js';
import { type Bucket, fromBytes } from './bucket.js';
import { unescapeName } from './partition.js';

/** How long it is remembered that a device was forgotten, for gateways that are away, milliseconds. */
const REMEMBERED_MS = 90 * 86_400_000;
/** Until every gateway has let go of a device its name may still come up, milliseconds. */
const UNDER_WAY_MS = 15_000;

const forgottenSchema = z.object({ atMs: z.number() });

const NAME = 'forgotten';

/** Which devices were forgotten when, as all gateways know it. */
export class Forgotten {
  readonly #file: DeviceFile<z.infer<typeof forgottenSchema>>;
  /** What was forgotten while this gateway was away. */
  readonly #elsewhereMs: ReadonlyMap<string, number>;

  private constructor(
    file: DeviceFile<z.infer<typeof forgottenSchema>>,
    elsewhereMs: ReadonlyMap<string, number>,
  ) {
    this.#file = file;
    this.#elsewhereMs = elsewhereMs;
  }

  /** @param settings what all gateways share: it is known before this gateway has done its part */
  static async open(dataDir: string, settings: Pick<Bucket, 'get' | 'keys'>): Promise<Forgotten> {
    const file = await DeviceFile.open(
      join(dataDir, 'cluster', 'forgotten.json'),
      'devices',
      forgottenSchema,
    );
    const elsewhereMs = new Map<string, number>();
    for (const key of await settings.keys(NAME)) {
      const value = (await settings.get(key))?.value;
      const device = unescapeName(key.slice(NAME.length + 1));
      if (value === undefined || device === undefined) continue;
      elsewhereMs.set(device, forgottenSchema.parse(fromBytes(value)).atMs);
    }
    return new Forgotten(file, elsewhereMs);
  }

  get shared(): SharedRecords {
    return this.#file.shared(NAME);
  }

  /** Whether what was said of a device at a time, epoch milliseconds, was said of one that is forgotten. */
  isErased(device: DeviceId, saidAtMs: number): boolean {
    const own = this.#file.get(device)?.atMs ?? Number.NEGATIVE_INFINITY;
    const elsewhere = this.#elsewhereMs.get(device) ?? Number.NEGATIVE_INFINITY;
    return saidAtMs < Math.max(own, elsewhere) + UNDER_WAY_MS;
  }

  /** Notes that a device is forgotten, and forgets what was noted long ago. */
  async note(device: DeviceId, nowMs: number): Promise<void> {
    for (const [name, { atMs }] of this.#file.entries())
      if (nowMs - atMs > REMEMBERED_MS) await this.#file.set(name, undefined);
    await this.#file.set(device, { atMs: nowMs });
  }
}
