import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ledgerSchema, windowsSchema } from '../helpers/api-schemas.js';
import { eventually } from '../helpers/eventually.js';
import { lastJson, runCli, startGatewayIn } from '../helpers/run-cli.js';
import { startInfluxd } from '../helpers/start-influxd.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const listSchema = z.object({
  letters: z.number(),
  reasons: z.array(z.object({ words: z.string(), letters: z.number(), devices: z.array(z.string()) })),
});
const sentSchema = z.object({ sent: z.number(), refused: z.number(), unreadable: z.number() });

describe('what InfluxDB refuses for good', () => {
  it('is listed with its words, and stored when it is sent again after the reason has gone', async () => {
    await using folder = await temporaryFolder();
    await using influxd = await startInfluxd();
    await influxd.query('CREATE DATABASE alongside');
    // Now coverage is a text in this database, and no number fits.
    const line = 'presence_window,device=other,model=other coverage="text"';
    await fetch(`${influxd.url}/write?db=alongside`, { method: 'POST', body: line });
    const settings = ['store.type=influxdb', `store.influxdb.url=${influxd.url}`];
    const flags = [`dataDir=${folder.path}`, ...settings].flatMap((setting) => ['--set', setting]);
    const deadLetters = (command: string) => runCli(['dead-letters', command, '--json', ...flags]);

    await using gateway = await startGatewayIn(folder.path, settings);
    await runCli(['simulate', '--url', gateway.mqtt, '--phones', '2', '--seconds', '30', '--pace', 'max']);
    // Messages may still be on their way while no window is pending.
    const { ledger, listed } = await eventually(
      async () => ({
        ledger: await gateway.get('/v1/ledger', ledgerSchema),
        listed: lastJson(await deadLetters('list'), listSchema),
      }),
      ({ ledger: { windows }, listed: { letters } }) =>
        letters > 20 && windows.pending === 0 && letters === windows.skipped['store-refused'],
    );
    expect(ledger.balanced).toBe(true);
    const refused = listed.letters;
    const devices = [...new Set(listed.reasons.flatMap((reason) => reason.devices))];
    expect(devices).toEqual(['phone-0001', 'phone-0002']);
    for (const { words } of listed.reasons) expect(words).toContain('field type conflict');

    const again = await deadLetters('send');
    expect(again.code).toBe(1);
    expect(lastJson(again, sentSchema)).toEqual({ sent: 0, refused, unreadable: 0 });

    await influxd.query('DROP MEASUREMENT presence_window', 'alongside');
    const sent = await deadLetters('send');
    expect(sent.code).toBe(0);
    expect(lastJson(sent, sentSchema)).toEqual({ sent: refused, refused: 0, unreadable: 0 });
    expect(lastJson(await deadLetters('list'), listSchema).letters).toBe(0);
    const around = `from=${Date.now() - 3_600_000}&to=${Date.now() + 3_600_000}&limit=10000`;
    const found = await Promise.all(
      devices.map((id) => gateway.get(`/v1/devices/${id}/windows?${around}`, windowsSchema)),
    );
    expect(found.reduce((sum, { windows }) => sum + windows.length, 0)).toBe(refused);
  });
});
