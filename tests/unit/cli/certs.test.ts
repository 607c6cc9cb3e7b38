import { readFile, stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../src/cli/program.js';
import { cliContext } from '../../helpers/cli-context.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

async function selfSigned(out: string, ...args: string[]): Promise<string[]> {
  const context = cliContext();
  await runProgram(context, ['certs', 'self-signed', '--out', out, ...args]);
  return context.lines;
}

describe('alongside certs self-signed', () => {
  it('writes an authority, a certificate and its key, which is for its owner only', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'certs');
    const lines = await selfSigned(out, '--host', 'gateway.lan', '--host', '192.168.1.5', '--json');
    expect(JSON.parse(lines.join())).toEqual({
      authority: join(out, 'ca.pem'),
      certificate: join(out, 'cert.pem'),
      key: join(out, 'key.pem'),
      hosts: ['gateway.lan', '192.168.1.5', 'localhost', '127.0.0.1', '::1'],
      expiresAtMs: expect.any(Number),
    });
    const [cert, key] = await Promise.all(['cert.pem', 'key.pem'].map((file) => readFile(join(out, file))));
    if (cert === undefined || key === undefined) throw new Error('not written');
    expect(() => createSecureContext({ cert, key })).not.toThrow();
    expect((await stat(join(out, 'key.pem'))).mode & 0o777).toBe(0o600);
  });

  it('replaces nothing unless it is told to', async () => {
    await using folder = await temporaryFolder();
    await selfSigned(folder.path, '--host', 'a.lan');
    const before = await readFile(join(folder.path, 'key.pem'), 'utf8');
    await expect(selfSigned(folder.path, '--host', 'a.lan')).rejects.toMatchObject({ code: 'USAGE' });
    expect(await readFile(join(folder.path, 'key.pem'), 'utf8')).toBe(before);
    await selfSigned(folder.path, '--host', 'a.lan', '--force');
    expect(await readFile(join(folder.path, 'key.pem'), 'utf8')).not.toBe(before);
  });

  it.each(['', 'a b', 'http://a.lan', '-a', 'a..b', '*.lan', 'a.lan:8080', 'x'.repeat(64)])(
    'refuses the host "%s"',
    async (host) => {
      await using folder = await temporaryFolder();
      await expect(selfSigned(folder.path, '--host', host)).rejects.toThrow();
    },
  );

  it('is for the names of this machine where nobody says', async () => {
    await using folder = await temporaryFolder();
    const { hosts } = JSON.parse((await selfSigned(folder.path, '--json')).join());
    const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
    const own = addresses.filter(({ family, internal }) => family === 'IPv4' && !internal);
    expect(hosts).toEqual(expect.arrayContaining([...own.map(({ address }) => address), 'localhost']));
  });
});
