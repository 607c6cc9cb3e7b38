import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const DEPLOY = join(import.meta.dirname, '../../../deploy');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const skipped = hasSystemd ? '' : ' (skipped: systemd-analyze is not installed)';

/** Exposure from 0 (none) to 10, as systemd counts it, times ten. */
const HIGHEST_EXPOSURE = 20;

const units = ['alongside.service', 'nats/alongside-nats.service'].map((file) => {
  const path = join(DEPLOY, file);
  return { file, path, text: readFileSync(path, 'utf8') };
});

describe.each(units)('deploy/$file', ({ path, text }) => {
  it('names no user with rights, and no setting twice except lists', () => {
    const settings = [...text.matchAll(/^(\w+)=/gm)].map((match) => match[1] ?? '');
    const lists = ['Environment', 'LoadCredential', 'SystemCallFilter'];
    const repeated = settings.filter(
      (name, index) => settings.indexOf(name) !== index && !lists.includes(name),
    );
    expect(repeated).toEqual([]);
    expect(settings).toContain('DynamicUser');
    expect(settings).not.toContain('User');
  });

  it.skipIf(!hasSystemd)(`is understood by systemd${skipped}`, async () => {
    await using folder = await temporaryFolder();
    const copy = join(folder.path, basename(path));
    // The programs themselves may not be here.
    await writeFile(
      copy,
      text.replace(/^(ExecStart=)\/usr\/s?bin\/(node|nats-server)/m, `$1${process.execPath}`),
    );
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', copy], {
      encoding: 'utf8',
    });
    const complaints = stderr.split('\n').filter((line) => line.includes(basename(path)));
    expect({ status, complaints }).toEqual({ status: 0, complaints: [] });
  });

  it.skipIf(!hasSystemd)(`is hardened${skipped}`, () => {
    const { status, stdout } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', `--threshold=${HIGHEST_EXPOSURE}`, '--no-pager', path],
      { encoding: 'utf8' },
    );
    expect({ status, summary: status === 0 ? '' : stdout }).toEqual({ status: 0, summary: '' });
  });
});

it('deploy/alongside.service starts the gateway with a configuration file and stops trying after a wrong one', () => {
  const text = units[0]?.text;
  expect(text).toMatch(
    /^ExecStart=\/usr\/bin\/node dist\/main\.js start --config \/etc\/alongside\/config\.yaml$/m,
  );
  expect(text).toMatch(/^RestartPreventExitStatus=2$/m);
});
