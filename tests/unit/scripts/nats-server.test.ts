import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const MODULE = pathToFileURL(join(import.meta.dirname, '../../../scripts/nats-server.mjs')).href;

/** What an expression of the module comes to, in a process with this PATH and cache folder. */
function evaluate(expression: string, path: string, cache: string) {
  const script = `import * as nats from '${MODULE}'; console.log((${expression}) ?? '')`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: path, XDG_CACHE_HOME: cache },
    encoding: 'utf8',
  });
  return { status, result: stdout.trim(), stderr };
}

async function writeScript(path: string, ...lines: readonly string[]): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${lines.join('\n')}\n`);
  await chmod(path, 0o755);
}

async function world(commands: Readonly<Record<string, readonly string[]>>) {
  const folder = await temporaryFolder();
  const [path, cache] = [join(folder.path, 'bin'), join(folder.path, 'cache')];
  await mkdir(path);
  for (const tool of ['mkdir', 'chmod', 'cp']) {
    const original = [join('/usr/bin', tool), join('/bin', tool)].find((file) => existsSync(file));
    await symlink(original ?? tool, join(path, tool));
  }
  for (const [name, lines] of Object.entries(commands)) await writeScript(join(path, name), ...lines);
  return { folder: folder.path, path, cache, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
}

const says = (version: string) => `echo nats-server: v${version}`;

describe('finding nats-server', () => {
  it.each(['2.10.27', '2.10.28', '2.11.0', '3.0.0'])('uses an installed %s', async (version) => {
    await using machine = await world({ 'nats-server': [says(version)] });
    const { result } = evaluate('nats.findNatsServer()', machine.path, machine.cache);
    expect(result).toBe(join(machine.path, 'nats-server'));
  });

  it.each(['2.9.10', '2.10.26', '1.99.99'])('does not use an installed %s', async (version) => {
    await using machine = await world({ 'nats-server': [says(version)] });
    const { status, result } = evaluate('nats.findNatsServer()', machine.path, machine.cache);
    expect(status).toBe(0);
    expect(result).not.toBe(join(machine.path, 'nats-server'));
  });
});

describe('fetching nats-server', () => {
  /** A Debian whose package has a server of this version. */
  const debian = (version: string) => ({
    'apt-get': [
      'case "$*" in',
      '*indextargets*) echo http://mirror.test/ubuntu/; echo http://mirror.test/debian/;;',
      '*update*) cp sources.list ../../../sources;;',
      '*download*) : > nats-server_1_amd64.deb;;',
      'esac',
    ],
    dpkg: [
      'mkdir -p "$3/usr/sbin"',
      `printf '#!/bin/sh\\n%s\\n' '${says(version)}' > "$3/usr/sbin/nats-server"`,
      'chmod 755 "$3/usr/sbin/nats-server"',
    ],
  });

  it('keeps the server of the package of Debian, from the mirror of this machine', async () => {
    await using machine = await world(debian('2.10.27'));
    const { status, stderr } = evaluate('nats.fetchNatsServer()', machine.path, machine.cache);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(await readFile(join(machine.folder, 'sources'), 'utf8')).toMatch(
      /^deb (\[signed-by=\S+\] )?http:\/\/mirror\.test\/debian\/ trixie main$/m,
    );
    expect(await readdir(join(machine.cache, 'alongside'))).toEqual(['nats-server']);
    const { stdout } = spawnSync(join(machine.cache, 'alongside/nats-server'), ['--version'], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('nats-server: v2.10.27\n');
  });

  it('keeps nothing that is too old', async () => {
    await using machine = await world(debian('2.10.26'));
    const { status, stderr } = evaluate('nats.fetchNatsServer()', machine.path, machine.cache);
    expect(status).toBe(1);
    expect(stderr).toMatch(/need nats-server 2\.10\.27 or newer.*does not run here/);
    expect(await readdir(join(machine.cache, 'alongside'))).toEqual([]);
  });

  it('keeps nothing when apt-get fails, and says so', async () => {
    await using machine = await world({ ...debian('2.10.27'), 'apt-get': ['exit 100'] });
    const { status, stderr } = evaluate('nats.fetchNatsServer()', machine.path, machine.cache);
    expect(status).toBe(1);
    expect(stderr).toMatch(/apt-get could not fetch it/);
    expect(await readdir(join(machine.cache, 'alongside'))).toEqual([]);
  });

  it('says what to do where there is no apt-get', async () => {
    await using machine = await world({});
    const { status, stderr } = evaluate('nats.fetchNatsServer()', machine.path, machine.cache);
    expect(status).toBe(1);
    expect(stderr).toMatch(/no Debian or Ubuntu.*\n.*put into PATH/);
  });
});
