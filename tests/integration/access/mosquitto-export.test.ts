import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runProgram } from '../../../src/cli/program.js';
import { cliContext } from '../../helpers/cli-context.js';
import { type Mosquitto, startMosquitto } from '../../helpers/start-mosquitto.js';
import { type TemporaryFolder, temporaryFolder } from '../../helpers/temporary-folder.js';

let folder: TemporaryFolder;
let broker: Mosquitto;
const passwords = new Map<string, string>();

async function devices(...args: string[]): Promise<string> {
  const context = cliContext();
  const argv = ['devices', ...args, '--json', '--set', `dataDir=${folder.path}`];
  argv.push(
    '--set',
    'mqtt.subscriptions=[{topic: sensor-logger, format: sensor-logger}, {topic: sensor-logger/+, format: sensor-logger}, {topic: lab/left, format: phyphox, device: anna}]',
  );
  await runProgram(context, argv);
  return context.lines.at(-1) ?? '';
}

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const name of ['anna', 'ben']) {
    passwords.set(
      name,
      z.object({ password: z.string() }).parse(JSON.parse(await devices('add', name))).password,
    );
  }
  const out = join(folder.path, 'out');
  await devices('export', '--format', 'mosquitto', '--out', out);
  passwords.set('alongside', (await readFile(join(out, 'gateway-password'), 'utf8')).trim());
  broker = await startMosquitto({
    config: [`password_file ${join(out, 'passwords')}`, `acl_file ${join(out, 'acl')}`],
    allowAnonymous: false,
  });
});
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const connectAs = (username: string, password = passwords.get(username) ?? '') =>
  connectAsync(broker.url, { username, password, reconnectPeriod: 0, connectTimeout: 5000 });

/** Which of some topics, published by one, reach another that is subscribed to all of them. */
async function reach(from: string, to: string, topics: readonly string[]): Promise<string[]> {
  const [speaker, listener] = await Promise.all([connectAs(from), connectAs(to)]);
  const gateway = await connectAs('alongside');
  const heard: string[] = [];
  const done = new Promise<void>((resolve) => {
    listener.on('message', (topic, payload) => {
      if (payload.toString() === 'last') resolve();
      else heard.push(topic);
    });
  });
  const last = to === 'alongside' ? 'alongside/last/sensors' : `alongside/${to}/status`;
  await listener.subscribeAsync([...topics, last], { qos: 1 });
  for (const topic of topics) await speaker.publishAsync(topic, 'x', { qos: 1 });
  await gateway.publishAsync(last, 'last', { qos: 1 });
  await done;
  await endAll([speaker, listener, gateway]);
  return heard;
}

async function endAll(clients: readonly MqttClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client.endAsync()));
}

describe('mosquitto with the exported files', () => {
  it('knows devices and the gateway by the same passwords, and nobody else', async () => {
    await endAll(await Promise.all(['anna', 'ben', 'alongside'].map((name) => connectAs(name))));
    await expect(connectAs('anna', 'wrong')).rejects.toThrow(/not authorized/i);
    await expect(connectAs('anna', passwords.get('ben'))).rejects.toThrow(/not authorized/i);
    await expect(connectAs('carla', 'x')).rejects.toThrow(/not authorized/i);
    await expect(connectAsync(broker.url, { reconnectPeriod: 0 })).rejects.toThrow(/not authorized/i);
  });

  it('lets a device publish what is its own, and nothing else', async () => {
    const own = [
      'alongside/anna/sensors',
      'alongside/anna/frames',
      'alongside/anna/labels',
      'sensor-logger/anna',
      'lab/left',
    ];
    const others = [
      'alongside/ben/sensors',
      'alongside/anna/status',
      'alongside/gateway/availability',
      'sensor-logger',
      'sensor-logger/ben',
    ];
    expect(await reach('anna', 'alongside', [...others, ...own])).toEqual(own);
    expect(await reach('ben', 'alongside', ['lab/left', 'sensor-logger/ben'])).toEqual(['sensor-logger/ben']);
  });

  it('lets a device hear its own status, and nothing else', async () => {
    const topics = ['alongside/ben/status', 'alongside/anna/status', 'alongside/anna/sensors'];
    expect(await reach('alongside', 'anna', topics)).toEqual(['alongside/anna/status']);
  });
});
