import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lastJson, runCli } from '../helpers/run-cli.js';

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
