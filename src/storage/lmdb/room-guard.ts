import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Room that is left on the disk, so that there is always enough to remove what is no longer needed. */
const RESERVE_BYTES = 16 * 1024 * 1024;
/** On a small disk, this share of it. */
const RESERVE_SHARE = 0.05;
/** With this much left a look holds for {@link TRUST_MS}: nothing fills a disk that fast. */
const AMPLE_BYTES = 1024 * 1024 * 1024;
const TRUST_MS = 250;

interface Stats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/**
 * Keeps a folder of lmdb's from filling its disk: on one filled to the last byte lmdb could not even remove anything, since it
 * writes changed pages to new places.
 */
export class RoomGuard {
  readonly #folder: string;
  #trustedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * To be called before anything is added.
   *
   * @param databases all that are in the folder
   * @throws Error when the disk is nearly full, and so is the file itself
   */
  async require(databases: readonly { getStats(): object }[]): Promise<void> {
    const nowMs = performance.now();
    if (nowMs < this.#trustedUntilMs) return;
    const { leftBytes, reserveBytes } = await look(this.#folder, databases);
    if (leftBytes < reserveBytes) {
      throw new Error(`no more than a reserve of ${leftBytes} bytes is left on its disk`);
    }
    if (leftBytes > AMPLE_BYTES) this.#trustedUntilMs = nowMs + TRUST_MS;
  }
}

async function look(
  folder: string,
  databases: readonly { getStats(): object }[],
): Promise<{ readonly leftBytes: number; readonly reserveBytes: number }> {
  // First, because the databases may be closed while the system is asked.
  const usedBytes = databases.reduce((sum, database) => sum + bytesIn(database), 0);
  const { bavail, blocks, bsize } = await statfs(folder);
  const { size } = await stat(join(folder, 'data.mdb'));
  return {
    // The file never shrinks: what was removed from it is room as well.
    leftBytes: bavail * bsize + Math.max(0, size - usedBytes),
    reserveBytes: Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_SHARE),
  };
}

function bytesIn(database: { getStats(): object }): number {
  // The package says no more of its answer than that it is an object.
  const stats = database.getStats() as Stats;
  const pages = stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages;
  return pages * stats.pageSize;
}
