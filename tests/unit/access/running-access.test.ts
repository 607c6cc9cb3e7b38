import { readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { accessFile, changeAccessFile, lastUsedFile, readLastUsed } from '../../../src/access/access-file.js';
import type { Binding } from '../../../src/access/binding.js';
import { type RunningAccess, startAccess } from '../../../src/access/running-access.js';
import { systemClock } from '../../../src/shared/clock.js';
import { makeRecords } from '../../helpers/make-access.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const LOCAL: Binding = { httpHost: '127.0.0.1', mqttHost: '127.0.0.1', allowAnonymous: false };

interface Heard {
  readonly loaded: { devices: number; tokens: number }[];
  readonly problems: string[];
}

async function start(dataDir: string, binding = LOCAL): Promise<RunningAccess & Heard> {
  const heard: Heard = { loaded: [], problems: [] };
  const access = await startAccess({
    dataDir,
    binding,
    clock: systemClock,
    onLoaded: (counts) => void heard.loaded.push(counts),
    onProblem: (words) => void heard.problems.push(words),
    pollMs: 20,
  });
  return Object.assign(access, heard);
}

describe('startAccess', () => {
  it('puts credentials in force that a command writes while it runs', async () => {
    await using folder = await temporaryFolder();
    await using access = await start(folder.path);
    expect(access.control.allowsAnonymous('read')).toBe(true);
    const { records, tokens } = await makeRecords();
    await changeAccessFile(accessFile(folder.path), () => records);
    await expect.poll(() => access.control.allowsAnonymous('read')).toBe(false);
    expect(access.control.identifyToken(tokens['read'] ?? '', '::1').kind).toBe('known');
    await changeAccessFile(accessFile(folder.path), ({ devices }) => ({ devices, tokens: [] }));
    await expect.poll(() => access.control.identifyToken(tokens['read'] ?? '', '::1').kind).toBe('wrong');
    expect(access.loaded).toEqual([
      { devices: 0, tokens: 0 },
      { devices: 2, tokens: 3 },
      { devices: 2, tokens: 0 },
    ]);
  });

  it('keeps what was in force when the file is damaged or gone, and says so once', async () => {
    await using folder = await temporaryFolder();
    const path = accessFile(folder.path);
    const { records, tokens } = await makeRecords();
    await changeAccessFile(path, () => records);
    await using access = await start(folder.path);
    const isKnown = () => access.control.identifyToken(tokens['read'] ?? '', '::1').kind === 'known';
    await writeFile(path, 'rubbish');
    await expect.poll(() => access.problems.length).toBe(1);
    await access.reload();
    await access.reload();
    expect(isKnown()).toBe(true);
    await rm(path);
    await expect.poll(() => access.problems.length).toBe(2);
    expect(isKnown()).toBe(true);
    expect(access.control.allowsAnonymous('mqtt')).toBe(false);
    expect(access.problems.join()).not.toContain('rubbish');
  });

  it('does not start with a damaged file', async () => {
    await using folder = await temporaryFolder();
    await writeFile(accessFile(folder.path), 'rubbish');
    await expect(start(folder.path)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('does not start where everybody could do everything', async () => {
    await using folder = await temporaryFolder();
    const open = { ...LOCAL, httpHost: '0.0.0.0' };
    await expect(start(folder.path, open)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await using _ = await start(folder.path, { ...open, allowAnonymous: true });
  });

  it('notes at its end when credentials were last used, and forgets those that are gone', async () => {
    await using folder = await temporaryFolder();
    const { records, tokens, passwords } = await makeRecords();
    await changeAccessFile(accessFile(folder.path), () => records);
    const first = await start(folder.path);
    await first.control.identifyDevice('anna', Buffer.from(passwords['anna'] ?? ''), '::1');
    await first[Symbol.asyncDispose]();
    await changeAccessFile(accessFile(folder.path), ({ tokens: kept }) => ({
      devices: [],
      tokens: kept,
    }));
    const second = await start(folder.path);
    second.control.identifyToken(tokens['read'] ?? '', '::1');
    await second[Symbol.asyncDispose]();
    const used = await readLastUsed(lastUsedFile(folder.path));
    expect([...used.keys()]).toEqual([`token/${records.tokens.find(({ name }) => name === 'read')?.id}`]);
    expect(await readFile(lastUsedFile(folder.path), 'utf8')).not.toContain(tokens['read']);
  });
});
