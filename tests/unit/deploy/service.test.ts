import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const UNIT = join(import.meta.dirname, '../../../deploy/alongside.service');
const text = readFileSync(UNIT, 'utf8');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const skipped = hasSystemd ? '' : ' (skipped: systemd-analyze is not installed)';

/** Exposure from 0 (none) to 10, as systemd counts it, times ten. */
const HIGHEST_EXPOSURE = 20;

describe('deploy/alongside.service', () => {
  it('starts the gateway with a configuration file and stops trying after a wrong one', () => {
    expect(text).toMatch(
      /^ExecStart=\/usr\/bin\/node dist\/main\.js start --config \/etc\/alongside\/config\.yaml$/m,
    );
    expect(text).toMatch(/^RestartPreventExitStatus=2$/m);
  });

  it('names no user with rights, and no setting twice except lists', () => {
    const settings = [...text.matchAll(/^(\w+)=/gm)].map((match) => match[1] ?? '');
    const lists = ['Environment', 'SystemCallFilter'];
    const repeated = settings.filter(
      (name, index) => settings.indexOf(name) !== index && !lists.includes(name),
    );
    expect(repeated).toEqual([]);
    expect(settings).toContain('DynamicUser');
    expect(settings).not.toContain('User');
  });

  it.skipIf(!hasSystemd)(`is understood by systemd${skipped}`, async () => {
    await using folder = await temporaryFolder();
    const copy = join(folder.path, 'alongside.service');
    await writeFile(copy, text.replace('/usr/bin/node', process.execPath));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', copy], {
      encoding: 'utf8',
    });
    const complaints = stderr.split('\n').filter((line) => line.includes('alongside.service'));
    expect({ status, complaints }).toEqual({ status: 0, complaints: [] });
  });

  it.skipIf(!hasSystemd)(`is hardened${skipped}`, () => {
    const { status, stdout } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', `--threshold=${HIGHEST_EXPOSURE}`, '--no-pager', UNIT],
      { encoding: 'utf8' },
    );
    expect({ status, summary: status === 0 ? '' : stdout }).toEqual({ status: 0, summary: '' });
  });
});
