import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sensorLoggerCsv, zipOf } from '../helpers/app-exports.js';
import { blocksOf, guides, inlineCode } from '../helpers/documents.js';
import { type CliRun, type RunningGateway, runCli, startGatewayProcess } from '../helpers/run-cli.js';
import { type TemporaryFolder, temporaryFolder } from '../helpers/temporary-folder.js';
import { csvOf, writeRecording } from '../helpers/write-recording.js';

const SHOWN = guides()
  .map(({ text }) => text)
  .join('\n');

/** Words that stand for something of the reader's own. */
const PLACES: Readonly<Record<string, string>> = {
  RECORDING: 'walk',
  EXPORT: 'export.zip',
  'EXPORT.zip': 'export.zip',
};

/** What documents show of `alongside`, in blocks, between backticks and in tables; words, without the first. */
function commandsIn(text: string): string[][] {
  const blocks = blocksOf(text).flatMap(({ code }) => code.replaceAll(/\\\n\s*/g, ' ').split(/\n|&&/));
  return [...blocks, ...inlineCode(text)]
    .map((line) => line.replace(/#.*$/, '').trim().split(/\s+/))
    .map((words) => (words[0] === 'npx' ? words.slice(1) : words))
    .filter(([program, command]) => program === 'alongside' && /^[a-z]/.test(command ?? ''))
    .map((words) => words.slice(1));
}

const COMMANDS = commandsIn(SHOWN);

/** The words as documents have them, with what they stand for. */
function shown(command: string): string[] {
  const found = COMMANDS.find((words) => words.join(' ') === command);
  if (found === undefined) throw new Error(`no document shows "alongside ${command}"`);
  return found.map((word) => PLACES[word] ?? word);
}

describe('what documents show', () => {
  let folder: TemporaryFolder;
  let gateway: RunningGateway;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const timesMs = Array.from({ length: 500 }, (_, index) => index * 20);
    await writeRecording(join(folder.path, 'walk'), {}, csvOf(timesMs));
    await writeFile(
      join(folder.path, 'export.zip'),
      zipOf({ 'Gyroscope.csv': sensorLoggerCsv(50, [1, 2, 3]) }),
    );
    gateway = await startGatewayProcess();
  });

  afterAll(async () => {
    await gateway.stop();
    await folder[Symbol.asyncDispose]();
  });

  const run = async (command: string, ...more: readonly string[]): Promise<CliRun> => {
    const ended = await runCli([...shown(command), ...more], {}, folder.path);
    expect(ended.code, ended.stderr).toBe(0);
    return ended;
  };

  it('is found', () => {
    expect(COMMANDS.length).toBeGreaterThan(20);
  });

  it.each([...new Set(COMMANDS.map((words) => words.join(' ')))])('exists: alongside %s', async (command) => {
    const words = command.split(' ');
    const firstFlag = words.findIndex((word) => /^(-|[A-Z])/.test(word));
    const path = words.slice(0, firstFlag < 0 ? undefined : firstFlag).slice(0, 2);
    const { code, lines } = await runCli([...path, '--help']);
    expect(code).toBe(0);
    const help = lines.join('\n');
    for (const word of words) {
      const flag = /^--[a-z-]+/.exec(word)?.[0];
      if (flag !== undefined) expect(help).toContain(flag);
    }
  });

  it('prints the windows of a recording', async () => {
    const { lines } = await run('windows RECORDING');
    expect(lines.length).toBeGreaterThan(2);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      channels: ['accelerometer.x', 'accelerometer.y', 'accelerometer.z'],
    });
  });

  it('makes certificates', async () => {
    await run('certs self-signed');
    expect(await readFile(join(folder.path, 'certs/cert.pem'), 'utf8')).toContain('BEGIN CERTIFICATE');
  });

  it('imports an export', async () => {
    const { lines } = await run('import EXPORT');
    expect(lines.join()).toContain('50 samples of gyroscope from Sensor Logger');
    await run('import EXPORT.zip --out recordings', '--replace');
  });

  it('replays a recording, and lays its labels beside the timeline', async () => {
    const { lines } = await run(
      'replay RECORDING',
      '--url',
      gateway.mqtt,
      '--speed',
      'max',
      '--http',
      gateway.http,
    );
    expect(lines[0]).toMatch(/^sent \d+ messages with 500 samples as walk$/);
    expect(lines.length).toBeGreaterThan(1);
  });

  it('lets a phone in and people look, and shows the configuration', async () => {
    expect((await run('devices add anna')).lines.join('\n')).toContain('anna may connect');
    expect((await run('tokens create --name me --scope read')).lines.join('\n')).not.toBe('');
    expect((await run('config print')).lines.join('\n')).toContain('mqtt:');
  });
});
