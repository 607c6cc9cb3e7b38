import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSecret } from '../../../src/config/secret-files.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

describe(readSecret, () => {
  it('takes the password of the configuration, or none', async () => {
    expect(await readSecret('mqtt', { password: 'open sesame' })).toBe('open sesame');
    expect(await readSecret('mqtt', {})).toBeUndefined();
  });

  it.each([
    ['one line', 'secret', 'secret'],
    ['a line with its end', 'secret\n', 'secret'],
    ['a line that ends as on Windows', 'secret\r\nsecond\r\n', 'secret'],
    ['blanks, which are part of it', ' se cret ', ' se cret '],
    ['a line after a byte order mark', '\uFEFFsecret\n', 'secret'],
    ['nothing', '', ''],
  ])('takes the first line of a file: %s', async (_, content, password) => {
    await using folder = await temporaryFolder();
    const passwordFile = join(folder.path, 'password');
    await writeFile(passwordFile, content);
    expect(await readSecret('mqtt', { passwordFile })).toBe(password);
  });

  it('says which setting names a file that cannot be read', async () => {
    await using folder = await temporaryFolder();
    const passwordFile = join(folder.path, 'nowhere');
    await expect(readSecret('store.influxdb', { passwordFile })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`store.influxdb.passwordFile: ${passwordFile}`),
    });
  });
});
