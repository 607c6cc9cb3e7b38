import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const SCRIPT = join(import.meta.dirname, '../../../scripts/setup.mjs');

function setUp(path: string) {
  const { HOME, XDG_CACHE_HOME } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], {
    env: { PATH: path, HOME, XDG_CACHE_HOME },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** A folder that stands for PATH: a few real tools, all that is needed except influxd, and commands of the test's own. */
async function fakePath(commands: Readonly<Record<string, string>>) {
  const folder = await temporaryFolder();
  for (const tool of ['env', 'dirname', 'chmod', 'mkdir']) {
    const original = [join('/usr/bin', tool), join('/bin', tool)].find((path) => existsSync(path));
    await symlink(original ?? tool, join(folder.path, tool));
  }
  const present = { mosquitto: '', openssl: '', promtool: '', chromium: '', 'nats-server': NATS_SERVER };
  for (const [name, script] of Object.entries({ ...present, ...commands })) {
    await writeFile(join(folder.path, name), `#!/bin/sh\ncd "$(dirname "$0")"\n${script}\n`);
    await chmod(join(folder.path, name), 0o755);
  }
  return folder;
}

const NATS_SERVER = 'echo nats-server: v2.10.27';
const log = (name: string) => `echo "${name} $*" >> log`;
const createInfluxd = ': > influxd; chmod +x influxd';
const workingSudo = '[ "$1" = -n ] && shift; exec "$@"';

describe('npm run setup', () => {
  it('says nothing when all is there', () => {
    expect(setUp(process.env['PATH'] ?? '')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('names the missing commands and where they were looked for, where there is no apt', async () => {
    await using path = await fakePath({});
    const { status, stderr } = setUp(path.path);
    expect(status).toBe(1);
    expect(stderr).toMatch(/influxd/);
    expect(stderr).toMatch(/PATH nor in \/usr\/sbin/);
  });

  it('says what to run where the user may not install', async () => {
    await using path = await fakePath({ 'apt-get': log('apt-get'), sudo: 'exit 1' });
    const isRoot = process.getuid?.() === 0;
    const { status, stderr } = setUp(path.path);
    expect(status).toBe(1);
    expect(stderr).toMatch(isRoot ? /did not install influxd/ : /sudo apt-get install .*influxdb/);
  });

  it('installs what is missing and stops its service', async () => {
    await using path = await fakePath({
      'apt-get': `${log('apt-get')}\ncase "$*" in *install*) ${createInfluxd};; esac`,
      'apt-cache': 'exit 0',
      systemctl: log('systemctl'),
      sudo: workingSudo,
    });
    expect(setUp(path.path).status).toBe(0);
    const calls = await readFile(join(path.path, 'log'), 'utf8');
    expect(calls).toMatch(/apt-get .*install --yes --no-install-recommends .*influxdb/);
    expect(calls).toMatch(/systemctl disable --now influxdb/);
    expect(calls).not.toMatch(/update/);
  });

  it('fetches the package lists first where they do not know the package', async () => {
    await using path = await fakePath({
      'apt-get': `${log('apt-get')}\ncase "$*" in *install*) ${createInfluxd};; esac`,
      'apt-cache': 'exit 100',
      sudo: workingSudo,
    });
    expect(setUp(path.path).status).toBe(0);
    const calls = (await readFile(join(path.path, 'log'), 'utf8')).trim().split('\n');
    expect(calls[0]).toMatch(/apt-get .*update$/);
    expect(calls[1]).toMatch(/apt-get .*install/);
    expect(existsSync(join(path.path, 'influxd'))).toBe(true);
  });

  it('fetches the package lists and tries again when installing fails', async () => {
    await using path = await fakePath({
      'apt-get': [
        log('apt-get'),
        'case "$*" in',
        '*update*) : > updated;;',
        `*install*) [ -e updated ] || exit 100; ${createInfluxd};;`,
        'esac',
      ].join('\n'),
      'apt-cache': 'exit 0',
      sudo: workingSudo,
    });
    expect(setUp(path.path).status).toBe(0);
    expect((await readFile(join(path.path, 'log'), 'utf8')).trim().split('\n')).toHaveLength(3);
  });
});
