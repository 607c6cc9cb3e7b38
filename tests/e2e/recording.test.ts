import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listRecordings, readRecording } from '../../src/recordings/read-recording.js';
import { simulatedRecordings } from '../../src/recordings/simulation/simulated-recordings.js';
import { eventually } from '../helpers/eventually.js';
import { runCli, startGatewayIn } from '../helpers/run-cli.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { writeWholeRecording } from '../helpers/write-whole-recording.js';

const recordingsSchema = z.object({
  recordings: z.array(
    z.object({
      device: z.string(),
      subject: z.string(),
      endMs: z.number().nullable(),
      sensors: z.array(z.string()),
      labels: z.number(),
      bytes: z.number(),
    }),
  ),
});

const RECORDED = ['recording.default=on', 'devices.anna.subject=Anna'];

async function replay(mqtt: string, recording: string, device: string): Promise<void> {
  const run = await runCli([
    'replay',
    recording,
    '--device',
    device,
    '--url',
    mqtt,
    '--speed',
    'max',
    '--labels',
  ]);
  expect(run.stderr).toBe('');
  expect(run.code).toBe(0);
}

/** Text has no negative zero. */
const plain = (value: number): number => value + 0;

/** All samples of a gateway's recordings of a device, by sensor. */
async function samplesIn(dataDir: string): Promise<Map<string, number[]>> {
  const recordings = await Promise.all(
    (await listRecordings(join(dataDir, 'recordings'))).map((path) => readRecording(path)),
  );
  const values = new Map<string, number[]>();
  for (const { name, samples } of recordings.flatMap(({ sensors }) => sensors)) {
    values.set(name, [...(values.get(name) ?? []), ...Array.from(samples.values, plain)]);
  }
  return values;
}

describe('recording', () => {
  it('keeps what a device sends and what its wearer says, over kill -9, sample by sample', async () => {
    await using folder = await temporaryFolder();
    const [simulated] = simulatedRecordings({ people: 1, secondsEach: 240, seed: 7 });
    if (simulated === undefined) throw new Error('nobody was simulated');
    const source = join(folder.path, 'source');
    await writeWholeRecording(source, simulated);
    const dataDir = join(folder.path, 'data');
    {
      await using gateway = await startGatewayIn(dataDir, RECORDED);
      await replay(gateway.mqtt, source, 'anna');
      await gateway.stop('SIGKILL');
    }
    const [path = ''] = await listRecordings(join(dataDir, 'recordings'));
    const found = await readRecording(path);
    expect(found).toMatchObject({ device: 'anna', subject: 'Anna' });
    expect(found.labels.length).toBe(simulated.labels.length);
    expect(
      (await runCli(['windows', path, '--rate', '50', '--size', '128', '--stride', '64', '--device', 'x']))
        .code,
    ).toBe(0);

    await using gateway = await startGatewayIn(dataDir, RECORDED);
    const wanted = new Map(
      simulated.sensors.map(({ name, samples }) => [name, Array.from(samples.values, plain)]),
    );
    const all = await eventually(
      () => samplesIn(dataDir),
      (samples) => [...wanted].every(([name, values]) => samples.get(name)?.length === values.length),
    );
    expect(all).toEqual(wanted);
    const { recordings } = await gateway.get('/v1/recordings', recordingsSchema);
    expect(recordings).toMatchObject([{ device: 'anna', subject: 'Anna', sensors: [...wanted.keys()] }]);

    const forget = await runCli(['devices', 'forget', 'anna', '--set', `dataDir=${dataDir}`]);
    expect(forget.code, forget.stderr).toBe(0);
    expect(await readdir(join(dataDir, 'recordings'))).toEqual([]);
  });

  it('answers who labels over HTTP whether there is a recording for it', async () => {
    await using folder = await temporaryFolder();
    await using gateway = await startGatewayIn(folder.path, ['devices.anna.recording=on']);
    const label = async (device: string, body: unknown): Promise<{ status: number; detail?: string }> => {
      const response = await fetch(`${gateway.http}/v1/devices/${device}/labels`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = z.object({ detail: z.string().optional() }).parse(await response.json());
      return { status: response.status, ...(answer.detail === undefined ? {} : { detail: answer.detail }) };
    };
    expect(await label('anna', { accompanied: true })).toEqual({ status: 200 });
    expect((await label('anna', { accompanied: 'yes' })).status).toBe(400);
    expect((await label('anna', {})).detail).toContain('activity');
    const other = await label('bert', { accompanied: true });
    expect(other).toMatchObject({ status: 409 });
    expect(other.detail).toContain('devices.bert.recording=on');

    const client = await connectAsync(gateway.mqtt);
    await client.publishAsync('alongside/anna/labels', JSON.stringify({ accompanied: null }), { qos: 1 });
    await client.endAsync();
    // Acknowledged means written.
    const { recordings } = await gateway.get('/v1/recordings', recordingsSchema);
    expect(recordings).toMatchObject([{ device: 'anna', labels: 2 }]);
    const metrics = await (await fetch(`${gateway.http}/metrics`)).text();
    expect(metrics).toMatch(/alongside_labels_total\{outcome="kept"\} 2/);
    expect(metrics).toMatch(/alongside_labels_total\{outcome="not-recorded"\} 1/);
  });
});
