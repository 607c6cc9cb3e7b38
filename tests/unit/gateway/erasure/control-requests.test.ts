import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { askToForget, serveControlRequests } from '../../../../src/gateway/erasure/control-requests.js';
import { deviceId, PHONE } from '../../../helpers/make-results.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';

const NEVER = new AbortController().signal;
const PARTS = [{ name: 'results', removed: true, detail: '' }];

describe('control requests', () => {
  it('are done by the gateway that runs on the folder, and leave nothing behind', async () => {
    await using folder = await temporaryFolder();
    const asked: string[] = [];
    await using _ = serveControlRequests({
      onFailed: () => undefined,
      dataDir: folder.path,
      forget: (device) => {
        asked.push(device);
        return Promise.resolve({ device, removed: true, parts: PARTS });
      },
    });
    const [one, other] = await Promise.all([
      askToForget(folder.path, PHONE, NEVER),
      askToForget(folder.path, deviceId('phone-2'), NEVER),
    ]);
    expect(one).toEqual({ device: PHONE, removed: true, parts: PARTS });
    expect(other).toMatchObject({ device: 'phone-2' });
    expect(asked.sort()).toEqual(['phone-1', 'phone-2']);
    expect(await readdir(join(folder.path, 'errands'))).toEqual([]);
  });

  it('are taken back where no gateway runs', async () => {
    await using folder = await temporaryFolder();
    expect(await askToForget(folder.path, PHONE, NEVER)).toBe('no-gateway');
    expect(await readdir(join(folder.path, 'errands'))).toEqual([]);
  });

  it('for a device that the gateway does not know say so', async () => {
    await using folder = await temporaryFolder();
    await using _ = serveControlRequests({
      dataDir: folder.path,
      forget: () => Promise.resolve(undefined),
      onFailed: () => undefined,
    });
    expect(await askToForget(folder.path, PHONE, NEVER)).toBe('no-device');
    expect(await readdir(join(folder.path, 'errands'))).toEqual([]);
  });

  it('that fail say why', async () => {
    await using folder = await temporaryFolder();
    await using _ = serveControlRequests({
      onFailed: () => undefined,
      dataDir: folder.path,
      forget: () => Promise.reject(new Error('out of luck')),
    });
    await expect(askToForget(folder.path, PHONE, NEVER)).rejects.toThrow(/out of luck/);
  });

  it('that a gateway was killed over are done by the next one', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'errands');
    await mkdir(path);
    await writeFile(join(path, `${'0'.repeat(36)}.taken`), '{"forget":"phone-1"}');
    await writeFile(join(path, `${'1'.repeat(36)}.done`), '{}');
    const asked: string[] = [];
    await using _ = serveControlRequests({
      dataDir: folder.path,
      forget: (device) => {
        asked.push(device);
        return Promise.resolve({ device, removed: true, parts: PARTS });
      },
      onFailed: () => undefined,
    });
    await expect.poll(() => readdir(path)).toEqual([`${'0'.repeat(36)}.done`]);
    expect(asked).toEqual(['phone-1']);
  });

  it('that are none harm nothing', async () => {
    await using folder = await temporaryFolder();
    const requests = join(folder.path, 'errands');
    await mkdir(requests);
    await writeFile(join(requests, `${'0'.repeat(36)}.asked`), 'rubbish');
    await writeFile(join(requests, `${'1'.repeat(36)}.asked`), '{"forget":"../../etc"}');
    await writeFile(join(requests, 'x.asked'), '{"forget":"phone-1"}');
    await symlink('/etc/hostname', join(requests, `${'2'.repeat(36)}.asked`));
    const asked: string[] = [];
    await using _ = serveControlRequests({
      onFailed: () => undefined,
      dataDir: folder.path,
      forget: (device) => {
        asked.push(device);
        return Promise.resolve({ device, removed: true, parts: [] });
      },
    });
    await askToForget(folder.path, deviceId('phone-2'), NEVER);
    expect(asked).toEqual(['phone-2']);
  });
});
