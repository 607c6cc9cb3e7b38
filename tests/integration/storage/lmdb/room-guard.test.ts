import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { RoomGuard } from '../../../../src/storage/lmdb/room-guard.js';
import { fillDisk } from '../../../helpers/fill-disk.js';
import { onSmallDisk } from '../../../helpers/small-disk.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

/** A database in a folder that counts how often it is looked at. */
function watchedDatabase(path: string) {
  const root = open({ path, noSubdir: false });
  let looks = 0;
  const getStats = (): object => {
    looks += 1;
    return root.getStats();
  };
  return { getStats, looks: () => looks, [Symbol.asyncDispose]: () => root.close() };
}

describe('RoomGuard', () => {
  it('looks once for many writes where there is ample room', async () => {
    await using folder = await temporaryFolder();
    await using database = watchedDatabase(folder.path);
    const guard = new RoomGuard(folder.path);
    for (let count = 0; count < 20; count++) await guard.require([database]);
    expect(database.looks()).toBeLessThan(5);
  });

  onSmallDisk('on a small disk', 4, (disk) => {
    it('refuses once it is full, and allows again once there is room', async () => {
      await using database = watchedDatabase(join(disk(), 'store'));
      const guard = new RoomGuard(join(disk(), 'store'));
      await guard.require([database]);
      await fillDisk(join(disk(), 'filler'));
      await expect.poll(() => guard.require([database]).then(() => 'room', String)).toMatch(/reserve of/);
      await rm(join(disk(), 'filler'));
      await guard.require([database]);
    });
  });
});
