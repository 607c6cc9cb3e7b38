import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lastJson, runCli } from '../helpers/run-cli.js';

const ROOT = join(import.meta.dirname, '../..');

const figuresSchema = z.object({
  phones: z.number(),
  messages: z.number(),
  samplesPerSecond: z.number().positive(),
  windows: z.object({ due: z.number().positive(), stored: z.number(), pending: z.number() }),
  latencyMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number() }),
  cpuSecondsPerPhoneMinute: z.number().positive(),
  shareOfCore: z.number().positive(),
  peakRssMb: z.number().positive(),
  balanced: z.boolean(),
});

describe('alongside bench', () => {
  it('tells what so many phones cost here', async () => {
    const run = await runCli(['bench', '--phones', '5', '--seconds', '10', '--json']);
    expect(run.code, run.stderr).toBe(0);
    const figures = lastJson(run, figuresSchema);
    expect(figures).toMatchObject({ phones: 5, messages: 50, balanced: true });
    expect(figures.windows).toMatchObject({ stored: figures.windows.due, pending: 0 });
    expect(figures.latencyMs.p99).toBeGreaterThanOrEqual(figures.latencyMs.p50);
  });

  it('says what is wrong with a model', async () => {
    const run = await runCli(['bench', '--model', 'no-such-model', '--seconds', '5']);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('no-such-model');
  });
});

const streamSchema = z.object({
  benchmark: z.literal('stream'),
  results: z.array(
    z.object({
      system: z.string(),
      phones: z.number(),
      due: z.number().positive(),
      stored: z.number(),
      messages: z.number(),
      cpuSeconds: z.object({ gateway: z.number().positive() }),
      latencyMs: z.object({ p50: z.number().positive() }),
      ledger: z.object({ balanced: z.boolean() }),
    }),
  ),
  runs: z.array(z.unknown()),
});

describe('npm run bench -- stream', () => {
  it('measures the gateway between a broker and a database of its own, and says what several runs have in common', async () => {
    const options = ['--phones', '3', '--seconds', '10', '--runs', '2', '--json'];
    const words = [join(ROOT, 'tests/bench/stream.mjs'), '--model', 'accompany-demo', ...options];
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: ROOT });
    const { results, runs } = streamSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
    expect(runs).toHaveLength(2);
    expect(results).toMatchObject([
      { system: 'alongside', phones: 3, messages: 60, ledger: { balanced: true } },
    ]);
    expect(results.map(({ due, stored }) => stored - due)).toEqual([0]);
  });
});
