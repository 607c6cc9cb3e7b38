import { appendFile } from 'node:fs/promises';

/** Writes a file until not a byte more fits on its disk. Only for small disks. */
export async function fillDisk(path: string): Promise<void> {
  for (const bytes of [1_000_000, 4096, 1]) {
    for (;;) {
      try {
        await appendFile(path, Buffer.alloc(bytes, 1));
      } catch {
        break;
      }
    }
  }
}
