import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceId } from '../domain/ids.js';
import type { CameraFrame } from '../domain/message.js';
import { fileNameOf, makeFolder, PRIVATE_FOLDER } from '../shared/files.js';

/** Nobody but who runs the gateway may look at the pictures. */
const PRIVATE_FILE = 0o600;

/** Pictures that stay on the disk: a folder a device, a file a frame, named by its time in epoch milliseconds. */
export class KeptFrames {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async keep({ device, timeMs, image }: CameraFrame): Promise<void> {
    const folder = join(this.#folder, fileNameOf(device));
    await makeFolder(folder, PRIVATE_FOLDER);
    await writeFile(join(folder, `${Math.round(timeMs)}${extensionOf(image)}`), image, {
      mode: PRIVATE_FILE,
    });
  }

  async forget(device: DeviceId): Promise<void> {
    for (const name of await this.#foldersOf(device)) {
      await rm(join(this.#folder, name), { recursive: true, force: true });
    }
  }

  async holds(device: DeviceId): Promise<boolean> {
    return (await this.#foldersOf(device)).length > 0;
  }

  /** Removes the frames from before a time, epoch milliseconds. */
  async expire(beforeMs: number): Promise<void> {
    for (const device of await namesIn(this.#folder)) {
      const folder = join(this.#folder, device);
      const old = (await namesIn(folder)).filter((name) => Number.parseInt(name, 10) < beforeMs);
      for (const name of old) await rm(join(folder, name), { force: true });
    }
  }

  /** Earlier versions named folders as the devices are. */
  async #foldersOf(device: DeviceId): Promise<string[]> {
    const wanted: string[] = [fileNameOf(device), device];
    return (await namesIn(this.#folder)).filter((name) => wanted.includes(name));
  }
}

function extensionOf(image: Uint8Array): string {
  return { 255: '.jpg', 137: '.png' }[image[0] ?? 0] ?? '.webp';
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
}
