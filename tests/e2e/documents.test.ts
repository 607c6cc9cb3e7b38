import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sensorLoggerCsv, zipOf } from '../helpers/app-exports.js';
import { blocksOf, guides, inlineCode, ROOT } from '../helpers/documents.js';
import { type CliRun, type RunningGateway, runCli, startGatewayProcess } from '../helpers/run-cli.js';
import { type TemporaryFolder, temporaryFolder } from '../helpers/temporary-folder.js';
import { csvOf, writeRecording } from '../helpers/write-recording.js';

const PAGES = guides();
const SHOWN = PAGES.map(({ text }) => text).join('\n');

/** Words that stand for something of the reader's own. */
const PLACES: Readonly<Record<string, string>> = {
  RECORDING: 'walk',
  EXPORT: 'export.zip',
  'EXPORT.zip': 'export.zip',
};

/** What documents show of `alongside`, in blocks, between backticks and in tables; words, without the first. */
function commandsIn(text: string): string[][] {
  const lines = linesOf(text).flatMap((line) => line.split('&&'));
  return [...lines, ...inlineCode(text)]
    .map((line) => line.replace(/#.*$/, '').trim().split(/\s+/))
    .map((words) => (words[0] === 'npx' ? words.slice(1) : words))
    .filter(([program, command]) => program === 'alongside' && /^[a-z]/.test(command ?? ''))
    .map((words) => words.slice(1));
}

function linesOf(text: string): string[] {
  return blocksOf(text).flatMap(({ code }) => code.replaceAll(/\\\n\s*/g, ' ').split('\n'));
}

/** The subcommand without arguments and options. */
function pathOf(words: readonly string[]): string[] {
  const end = words.findIndex((word) => /^(-|[A-Z])/.test(word));
  return words.slice(0, end < 0 ? undefined : end).slice(0, 2);
}

const COMMANDS = commandsIn(SHOWN);
const PATHS = [...new Set(COMMANDS.map((words) => pathOf(words).join(' ')))];
const REQUESTS = [
  ...linesOf(SHOWN).filter((line) => line.includes('curl ')),
  ...inlineCode(SHOWN).filter((code) => code.startsWith('curl localhost')),
];

/** The words as documents have them, with what they stand for. */
function shown(command: string): string[] {
  const found = COMMANDS.find((words) => words.join(' ') === command);
  if (found === undefined) throw new Error(`no document shows "alongside ${command}"`);
  return found.map((word) => PLACES[word] ?? word);
}

/** Reads a stream, which does not end by itself, until its first event. */
const untilFirstEvent = (line: string): string => `grep -m 1 '^id: ' <(exec 2> /dev/null\n${line}\n)`;

/** Runs a line in a shell in which `npx alongside` is this build and `localhost:8080` the gateway. */
async function runLine(
  line: string,
  cwd: string,
  gateway: RunningGateway,
): Promise<{ code: number; text: string }> {
  const script = [
    `npx() { shift; "${process.execPath}" "${join(ROOT, 'dist/main.js')}" "$@"; }`,
    (line.startsWith('curl -N') ? untilFirstEvent(line) : line)
      .replaceAll('localhost:8080', new URL(gateway.http).host)
      .replaceAll('ours-next', 'conversation-chest'),
  ].join('\n');
  return await new Promise((resolve) => {
    execFile(
      'bash',
      ['-ec', script],
      { cwd, env: { ...process.env, CURL_HOME: cwd } },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: stdout + stderr });
      },
    );
  });
}

describe('what documents show', () => {
  let folder: TemporaryFolder;
  let gateway: RunningGateway;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const inFolder = (name: string) => join(folder.path, name);
    const timesMs = Array.from({ length: 500 }, (_, index) => index * 20);
    await writeRecording(inFolder('walk'), {}, csvOf(timesMs));
    await writeFile(inFolder('export.zip'), zipOf({ 'Gyroscope.csv': sensorLoggerCsv(50, [1, 2, 3]) }));
    await symlink(join(ROOT, 'models'), inFolder('models'));
    await mkdir(inFolder('catalogue/coat'), { recursive: true });
    for (const name of ['photo.jpg', 'a.jpg', 'b.png', 'catalogue/coat/red.jpg']) {
      await sharp({ create: { width: 300, height: 400, channels: 3, background: 'maroon' } }).toFile(
        inFolder(name),
      );
    }
    await writeFile(inFolder('.curlrc'), 'silent\nshow-error\nfail-with-body\n');
    gateway = await startGatewayProcess(
      [
        'recording.default=on',
        'models.candidates=["conversation-chest"]',
        `apparel.index=${inFolder('alongside-data/apparel-index')}`,
      ],
      ['models.active=["accompany-demo","activity-phone","apparel"]'],
    );
    await runCli(
      ['replay', 'walk', '--device', 'anna', '--url', gateway.mqtt, '--speed', 'max'],
      {},
      folder.path,
    );
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
    expect(COMMANDS.length).toBeGreaterThan(40);
    expect(REQUESTS.length).toBeGreaterThan(15);
  });

  it.each(PATHS)('has commands and options that exist: alongside %s', async (path) => {
    const { code, lines } = await runCli([...path.split(' '), '--help']);
    expect(code).toBe(0);
    const help = lines.join('\n');
    const flags = COMMANDS.filter((words) => pathOf(words).join(' ') === path)
      .flat()
      .flatMap((word) => /^--[a-z-]+/.exec(word)?.[0] ?? []);
    for (const flag of flags) expect(help).toContain(flag);
  });

  it.each([...new Set(REQUESTS)])('is answered: %s', async (line) => {
    const { code, text } = await runLine(line, folder.path, gateway);
    expect(code, text).toBe(0);
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
      ...['--url', gateway.mqtt, '--speed', 'max', '--http', gateway.http],
    );
    expect(lines[0]).toMatch(/^sent \d+ messages with 500 samples as walk$/);
    expect(lines.length).toBeGreaterThan(1);
  });

  it('lets a phone in and people look, and shows the configuration', async () => {
    expect((await run('devices add anna')).lines.join('\n')).toContain('anna may connect');
    expect((await run('tokens create --name me --scope read')).lines.join('\n')).not.toBe('');
    expect((await run('config print')).lines.join('\n')).toContain('mqtt:');
    expect((await run('tokens create --name dashboard --scope read --expires 30d')).lines.length).toBe(1);
    await run('tokens list');
    await run('tokens revoke dashboard', '--yes');
    await run('devices export --format mosquitto --out mosquitto');
    await run('devices forget anna', '--yes');
    await run('dead-letters list');
    await run('models list');
    await run('config check', '--config', join(ROOT, 'config/gateway.example.yaml'));
  });
});
