import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { configSchema } from '../../../src/config/schema.js';
import { requireStartable } from '../../../src/gateway/require-startable.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const MODELS = join(import.meta.dirname, '../../../models');

async function check(settings: z.input<typeof configSchema>): Promise<void> {
  const models = { dir: MODELS, active: ['accompany-demo'], ...settings.models };
  await requireStartable(configSchema.parse({ ...settings, models }));
}

describe(requireStartable, () => {
  it('takes what a gateway starts with, and makes nothing', async () => {
    await using folder = await temporaryFolder();
    await check({ dataDir: join(folder.path, 'new/data') });
    await expect(check({ dataDir: folder.path })).resolves.toBeUndefined();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it.runIf(existsSync('/proc/self'))('says that the folder above takes no others', async () => {
    await expect(check({ dataDir: '/proc/none/data' })).rejects.toThrow(
      'dataDir: /proc/none/data cannot be made in /proc: it takes no new folders; use another',
    );
  });

  it('says that the data folder is a file, or lies in one', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    const refusal = {
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('it is a file; give a folder'),
    };
    await expect(check({ dataDir: file })).rejects.toMatchObject(refusal);
    await expect(check({ dataDir: join(file, 'below') })).rejects.toMatchObject(refusal);
  });

  it('gives the model folders that it has read', async () => {
    await using folder = await temporaryFolder();
    const models = { dir: MODELS, active: ['accompany-demo', 'apparel'] };
    const folders = await requireStartable(configSchema.parse({ dataDir: folder.path, models }));
    expect([...folders].map(([name, { folder }]) => [name, folder.manifest.kind])).toEqual([
      ['accompany-demo', 'sequence'],
      ['apparel', 'image'],
    ]);
  });

  it('says of each model that is not there that it is not', async () => {
    await using folder = await temporaryFolder();
    const models = { active: ['nothing-like-it', 'nor-this'] };
    await expect(check({ dataDir: folder.path, models })).rejects.toThrow(
      /no model nothing-like-it in .*\n.*no model nor-this in /,
    );
  });

  it('suggests the model that was meant', async () => {
    await using folder = await temporaryFolder();
    const models = { active: ['acompany-demo'] };
    await expect(check({ dataDir: folder.path, models })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('did you mean accompany-demo?'),
    });
  });

  it('lists all problems, each in its line', async () => {
    await using folder = await temporaryFolder();
    const absent = join(folder.path, 'absent');
    const error = await check({
      dataDir: folder.path,
      http: { host: '0.0.0.0', tls: { certFile: absent, keyFile: absent } },
      mqtt: { url: 'mqtt://broker:1883', passwordFile: absent },
      webhooks: { caFile: absent },
    }).catch((reason: unknown) => reason);
    const lines = String(error).split('\n');
    expect(lines).toHaveLength(4);
    for (const setting of ['http.host', 'http.tls.certFile', 'mqtt.passwordFile', 'webhooks.caFile']) {
      expect(lines.join('\n')).toContain(setting);
    }
  });

  it('says which file of a cluster cannot be read, and asks for none without servers', async () => {
    await using folder = await temporaryFolder();
    const absent = join(folder.path, 'absent');
    const dataDir = folder.path;
    await expect(
      check({ dataDir, cluster: { servers: ['tls://nats:4222'], tls: { caFile: absent } } }),
    ).rejects.toThrow(/cluster\.tls\.caFile: .*absent cannot be read/);
    const cluster = { passwordFile: absent };
    await expect(check({ dataDir, cluster: { ...cluster, servers: ['nats://nats'] } })).rejects.toThrow(
      /cluster\.passwordFile: .*absent cannot be read/,
    );
    await expect(check({ dataDir, cluster })).resolves.toBeUndefined();
  });
});
