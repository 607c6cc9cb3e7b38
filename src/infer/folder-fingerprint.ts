import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Text that changes when a file in the folder is written, replaced, added or removed. */
export async function fingerprintFolder(path: string): Promise<string> {
  const names = await readdir(path).catch((): string[] => []);
  const lines = await Promise.all(
    names.sort().map(async (name) => `${name} ${await stampOf(join(path, name))}`),
  );
  return lines.join('\n');
}

async function stampOf(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  return stats === undefined ? 'gone' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
}
