import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCli } from '../../helpers/run-cli.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const coverageSchema = z.object({ result: z.array(z.object({ url: z.string() })) });

/** Files that Node.js loads for a command; it writes down every script when it is asked for the coverage. */
async function filesLoadedBy(words: readonly string[]): Promise<string[]> {
  await using folder = await temporaryFolder();
  const run = await runCli(words, { NODE_V8_COVERAGE: folder.path });
  expect(run.code, run.stderr).toBe(0);
  const names = await readdir(folder.path);
  const reports = await Promise.all(
    names.map(async (name) =>
      coverageSchema.parse(JSON.parse(await readFile(join(folder.path, name), 'utf8'))),
    ),
  );
  return reports
    .flatMap(({ result }) => result.map(({ url }) => url))
    .filter((url) => url.startsWith('file:'));
}

/** What takes long to load, and what no command here needs. */
const HEAVY =
  /node_modules\/(aedes|echarts|fastify|influx|lmdb|mqtt|onnxruntime-node|rxjs|sharp|@nats-io|@tensorflow)\//;
const COMMANDS =
  'start health demo simulate replay windows import train evaluate apparel study devices cluster tokens certs dead-letters models config bench';

describe('what a command loads', () => {
  it('lists all commands from a handful of files', async () => {
    expect((await filesLoadedBy(['--help'])).length).toBeLessThan(8);
  });

  it.each([['config check'], ['config print'], ['devices list'], ['tokens list'], ['dead-letters list']])(
    '%s loads the configuration and nothing that runs',
    async (command) => {
      await using data = await temporaryFolder();
      const files = await filesLoadedBy([...command.split(' '), '--set', `dataDir=${data.path}`]);
      expect(files.filter((url) => HEAVY.test(url))).toEqual([]);
      expect(files.length).toBeLessThan(30);
    },
  );

  it.each(COMMANDS.split(' '))('%s tells its options without what it runs', async (command) => {
    const files = await filesLoadedBy([command, '--help']);
    expect(files.filter((url) => HEAVY.test(url))).toEqual([]);
    expect(files.length).toBeLessThan(30);
  });
});

describe('the bundle', () => {
  it('names the sources in the stack of an unexpected error', async () => {
    const breaks = 'process.stdout.write = () => { throw new Error("the terminal is gone") }';
    const { code, stderr } = await runCli(['config', 'schema'], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(breaks)}`,
    });
    expect(code).toBe(1);
    expect(stderr).toContain('unexpected error: Error: the terminal is gone');
    expect(stderr).toMatch(/src\/cli\/config\.ts:\d+/);
  });
});
