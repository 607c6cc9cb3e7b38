import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ledgerSchema } from '../helpers/api-schemas.js';
import { lastJson, runCli } from '../helpers/run-cli.js';

const reportSchema = z.object({
  devices: z.number(),
  windows: z.number(),
  agreement: z.object({ accompanied: z.number(), conversation: z.number() }),
  ledger: ledgerSchema,
  url: z.string(),
});

describe('alongside demo', () => {
  it('runs everything with nothing else installed and is mostly right about its simulated people', async () => {
    const run = await runCli(['demo', '--seconds', '60', '--phones', '10', '--json']);
    expect(run.stderr).toContain('Look at http://127.0.0.1:');
    const report = lastJson(run, reportSchema);
    expect(run.code).toBe(0);
    expect(report.devices).toBe(10);
    expect(report.windows).toBeGreaterThan(10 * 40);
    expect(report.ledger.balanced).toBe(true);
    expect(report.ledger.windows).toMatchObject({ stored: report.windows, pending: 0, skipped: {} });
    expect(report.agreement.accompanied).toBeGreaterThan(0.8);
    expect(report.agreement.conversation).toBeGreaterThan(0.8);
  });
});
