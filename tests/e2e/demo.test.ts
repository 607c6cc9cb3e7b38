import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startFleet } from '../../src/recordings/simulation/fleet.js';
import { systemClock } from '../../src/shared/clock.js';
import { ledgerSchema, windowsSchema } from '../helpers/api-schemas.js';
import { lastJson, runCli, startDemo } from '../helpers/run-cli.js';

const reportSchema = z.object({
  devices: z.number(),
  windows: z.number(),
  agreement: z.object({ accompanied: z.number(), conversation: z.number(), company: z.null() }),
  ledger: ledgerSchema,
  url: z.string(),
});

const statusesSchema = z.object({
  samples: z.object({ used: z.number() }),
  statuses: z.array(
    z.object({
      status: z.string(),
      simulated: z.boolean().optional(),
      reason: z.object({ code: z.string() }).optional(),
    }),
  ),
});

const companySchema = z.object({ groups: z.array(z.array(z.string())) });

const clusterSchema = z.object({
  windows: z.number(),
  missing: z.number(),
  unacknowledged: z.number(),
  takeoverMs: z.number(),
  balanced: z.boolean(),
});

describe('alongside demo', () => {
  it('kills one of three gateways that share phones, and no window is missing', async () => {
    const run = await runCli(['demo', '--cluster', '--seconds', '20', '--phones', '3', '--json']);
    expect(run.stderr).toContain('kill -9 gateway-1');
    const report = lastJson(run, clusterSchema);
    expect(report).toMatchObject({ missing: 0, unacknowledged: 0, balanced: true });
    expect(report.windows).toBeGreaterThan(3 * 5);
  });

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
    // Nobody is with another in the first minute.
    expect(report.agreement.company).toBeNull();
  });

  it('shows two who walk together, and tells nothing of a phone that joins its simulated ones, and says why', async () => {
    await using demo = await startDemo(['--phones', '2', '--history', '5']);
    await using own = await startFleet({
      url: demo.mqtt,
      phones: 1,
      seed: 7,
      namePrefix: 'pixel-',
      rateHz: 50,
      seconds: 120,
      format: 'sensor-logger',
      pace: 'max',
      connections: 'each',
      clock: systemClock,
    });
    await own.finished;
    const answer = async <T>(path: string, schema: z.ZodType<T>): Promise<T> =>
      schema.parse(await (await fetch(new URL(path, demo.http))).json());
    const deviceOf = (name: string) => answer(`/v1/devices/${name}`, statusesSchema);
    const simulatedOf = async () =>
      (await deviceOf('phone-0001')).statuses.map(
        ({ status, simulated }) => status !== 'unknown' && simulated,
      );
    await expect.poll(simulatedOf).toEqual([true, true]);
    const groupsOf = async () => (await answer('/v1/company', companySchema)).groups;
    await expect.poll(groupsOf).toEqual([['phone-0001', 'phone-0002']]);
    const { samples, statuses } = await deviceOf('pixel-0001');
    expect(samples.used).toBeGreaterThan(100 * 150);
    const told = statuses.map(({ status, reason }) => [status, reason?.code]);
    expect(new Set(told)).toEqual(
      new Set([
        ['unknown', 'nobody-found'],
        ['unknown', 'no-model'],
      ]),
    );
    expect(await answer('/v1/devices/pixel-0001/windows', windowsSchema)).toMatchObject({ windows: [] });
  });
});
