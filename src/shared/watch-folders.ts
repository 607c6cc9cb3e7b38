import { type FSWatcher, watch } from 'node:fs';

/** What is written in several steps is looked at once. */
const SETTLE_MS = 100;

/**
 * Calls back shortly after something has changed in one of some folders, as far as their file system tells: networks and
 * containers may not, and a folder that is missing or was replaced tells nothing. So who watches looks now and then as well.
 *
 * @param concerns whether a name in a folder matters; by default all do
 */
export function watchFolders(
  paths: readonly string[],
  onChange: () => void,
  concerns: (name: string) => boolean = () => true,
): Disposable {
  let settling: NodeJS.Timeout | undefined;
  const settled = (): void => {
    settling = undefined;
    onChange();
  };
  const watchers = paths.flatMap((path) => watcherOf(path) ?? []);
  for (const watcher of watchers) {
    watcher.on('change', (_, name) => {
      if (name === null || concerns(String(name))) settling ??= setTimeout(settled, SETTLE_MS).unref();
    });
    watcher.on('error', () => watcher.close());
  }
  return {
    [Symbol.dispose]: () => {
      clearTimeout(settling);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function watcherOf(path: string): FSWatcher | undefined {
  try {
    return watch(path, { persistent: false });
  } catch {
    // It is missing, or the system has no more watches to give.
    return undefined;
  }
}
