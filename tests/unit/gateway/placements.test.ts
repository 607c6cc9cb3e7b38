import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../../src/config/schema.js';
import { Placements } from '../../../src/gateway/placements.js';
import { deviceId } from '../../helpers/make-results.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const ANNA = deviceId('anna');
const BEN = deviceId('ben');

function configIn(dataDir: string): Config {
  return configSchema.parse({ dataDir, devices: { anna: { placement: 'pocket' } } });
}

describe(Placements, () => {
  it('takes a placement as configured until somebody says another, which outlives a restart', async () => {
    await using folder = await temporaryFolder();
    const placements = await Placements.open(configIn(folder.path));
    expect([placements.of(ANNA), placements.of(BEN)]).toEqual(['pocket', 'assumed']);
    await Promise.all([placements.say(ANNA, 'chest'), placements.say(BEN, 'any')]);
    const later = await Placements.open(configIn(folder.path));
    expect([later.of(ANNA), later.of(BEN)]).toEqual(['chest', 'any']);
    await later.say(ANNA, undefined);
    expect((await Placements.open(configIn(folder.path))).of(ANNA)).toBe('pocket');
  });

  it('changes nothing where it cannot be written', async () => {
    await using folder = await temporaryFolder();
    const placements = await Placements.open(configIn(folder.path));
    await mkdir(join(folder.path, 'placements.json'));
    await expect(placements.say(BEN, 'hand')).rejects.toMatchObject({ code: 'DISK_UNAVAILABLE' });
    expect(placements.of(BEN)).toBe('assumed');
  });

  it('refuses a file that it did not write, naming it', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'placements.json'), '{"version":1,"devices":{"anna":"head"}}');
    await expect(Placements.open(configIn(folder.path))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('placements.json'),
    });
  });

  it('forgets what was said of one device, on the disk too', async () => {
    await using folder = await temporaryFolder();
    const { erasable, ...rest } = await opened(folder.path);
    expect(await erasable.holds(ANNA)).toBe(true);
    await erasable.forget(ANNA);
    expect([await erasable.holds(ANNA), await erasable.holds(BEN)]).toEqual([false, true]);
    expect((await Placements.open(rest.config)).of(ANNA)).toBe('pocket');
  });
});

async function opened(dataDir: string) {
  const config = configIn(dataDir);
  const placements = await Placements.open(config);
  await placements.say(ANNA, 'wrist');
  await placements.say(BEN, 'wrist');
  return { config, erasable: placements.erasable };
}
