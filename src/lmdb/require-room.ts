import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Room that is left on the disk, so that there is always enough to remove what is no longer needed. */
const RESERVE_BYTES = 16 * 1024 * 1024;
/** On a small disk, this share of it. */
const RESERVE_SHARE = 0.05;

interface Stats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/**
 * Call before adding to a folder of lmdb's: on a disk filled to the last byte it could not even remove anything, since it
 * writes changed pages to new places.
 *
 * @param databases all that are in the folder
 * @throws Error when the disk is nearly full, and so is the file itself
 */
export async function requireRoom(
  folder: string,
  databases: readonly { getStats(): object }[],
): Promise<void> {
  // First, because the databases may be closed while the system is asked.
  const usedBytes = databases.reduce((sum, database) => sum + bytesIn(database), 0);
  const { bavail, blocks, bsize } = await statfs(folder);
  const { size } = await stat(join(folder, 'data.mdb'));
  // The file never shrinks: what was removed from it is room as well.
  const leftBytes = bavail * bsize + Math.max(0, size - usedBytes);
  if (leftBytes < Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_SHARE)) {
    throw new Error(`no more than a reserve of ${leftBytes} bytes is left on its disk`);
  }
}

function bytesIn(database: { getStats(): object }): number {
  // The package says no more of its answer than that it is an object.
  const stats = database.getStats() as Stats;
  const pages = stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages;
  return pages * stats.pageSize;
}
