import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { DeviceId } from '../../domain/ids.js';
import { GatewayError, isMissing, messageOf } from '../../shared/errors.js';
import { writeAtomically } from '../../shared/files.js';

const schema = z.object({
  version: z.literal(1),
  /** Discovery prefix under which devices were made known. */
  prefix: z.string(),
  devices: z.array(z.string()),
  /** Those of them whose camera showed garments. */
  dressed: z.array(z.string()).default([]),
  /** Platforms of all components that devices have or had, by the part of their id that follows the device's. */
  components: z.record(z.string(), z.string()),
});

/** What Home Assistant was told, so that it can be taken back: nothing goes away there by being left out. */
export type Announcement = Readonly<z.infer<typeof schema>>;

export const NOTHING_ANNOUNCED: Announcement = {
  version: 1,
  prefix: '',
  devices: [],
  dressed: [],
  components: {},
};

/** @throws GatewayError `CONFIG_INVALID` when a file is there that is none of these */
export async function readAnnouncement(path: string): Promise<Announcement> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isMissing(error)) return NOTHING_ANNOUNCED;
    throw new GatewayError(
      'CONFIG_INVALID',
      `${path} cannot be read: ${messageOf(error)}; restore it from a backup, or remove it`,
      { cause: error },
    );
  }
}

/** The announcement as the disk has it, written whenever it changes; one write after the other. */
export class AnnouncementFile {
  readonly #path: string;
  readonly #onFailed: (error: unknown) => void;
  #content: Announcement;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, content: Announcement, onFailed: (error: unknown) => void) {
    this.#path = path;
    this.#content = content;
    this.#onFailed = onFailed;
  }

  get content(): Announcement {
    return this.#content;
  }

  change(content: Announcement): void {
    this.#content = content;
    this.#writing = this.#writing
      .then(() => writeAnnouncement(this.#path, this.#content))
      .catch((error: unknown) => this.#onFailed(error));
  }

  /** Resolves when no write is under way. */
  async flush(): Promise<void> {
    await this.#writing;
  }
}

export async function writeAnnouncement(path: string, content: Announcement): Promise<void> {
  await writeAtomically(path, `${JSON.stringify(content)}\n`);
}

export function withoutDevice(announcement: Announcement, device: DeviceId): Announcement {
  const others = (devices: readonly string[]): string[] => devices.filter((other) => other !== device);
  return { ...announcement, devices: others(announcement.devices), dressed: others(announcement.dressed) };
}
