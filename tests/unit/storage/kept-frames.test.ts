import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeptFrames } from '../../../src/storage/kept-frames.js';
import { jpegOf, plain, RED } from '../../helpers/pictures.js';
import { deviceId } from '../../helpers/sensor-messages.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const ANNA = deviceId('anna');
const BEN = deviceId('ben');

describe(KeptFrames, () => {
  it('keeps a file a frame that only its owner may read, and forgets a device', async () => {
    await using folder = await temporaryFolder();
    const frames = new KeptFrames(folder.path);
    await frames.keep({ device: ANNA, timeMs: 1000.4, image: await jpegOf(RED) });
    await frames.keep({ device: ANNA, timeMs: 2000, image: await plain(RED).png().toBuffer() });
    await frames.keep({ device: BEN, timeMs: 1000, image: await plain(RED).webp().toBuffer() });
    expect(await readdir(join(folder.path, 'anna'))).toEqual(['1000.jpg', '2000.png']);
    expect((await stat(join(folder.path, 'ben/1000.webp'))).mode & 0o077).toBe(0);
    expect(await frames.holds(ANNA)).toBe(true);
    await frames.forget(ANNA);
    expect([await frames.holds(ANNA), await frames.holds(BEN)]).toEqual([false, true]);
  });

  it('keeps devices apart whose names are alike, and finds folders that are named as the device is', async () => {
    await using folder = await temporaryFolder();
    const frames = new KeptFrames(folder.path);
    const image = await jpegOf(RED);
    const [upper, colon] = [deviceId('Anna'), deviceId('a:1')];
    for (const device of [ANNA, upper, colon]) await frames.keep({ device, timeMs: 1000, image });
    expect(new Set((await readdir(folder.path)).map((name) => name.toLowerCase())).size).toBe(3);
    await mkdir(join(folder.path, 'a:1'));
    await frames.forget(upper);
    await frames.forget(colon);
    expect(await readdir(folder.path)).toEqual(['anna']);
  });

  it('removes what is too old', async () => {
    await using folder = await temporaryFolder();
    const frames = new KeptFrames(folder.path);
    const image = await jpegOf(RED);
    for (const timeMs of [1000, 2000, 3000]) await frames.keep({ device: ANNA, timeMs, image });
    await frames.expire(2500);
    expect(await readdir(join(folder.path, 'anna'))).toEqual(['3000.jpg']);
  });

  it('has nothing to forget where nothing was kept', async () => {
    await using folder = await temporaryFolder();
    const frames = new KeptFrames(join(folder.path, 'none'));
    await frames.forget(ANNA);
    await frames.expire(1);
    expect(await frames.holds(ANNA)).toBe(false);
  });
});
