import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freePort } from '../helpers/free-port.js';
import { runCli, startGatewayIn, startGatewayProcess } from '../helpers/run-cli.js';
import { startMosquitto } from '../helpers/start-mosquitto.js';
import { startProxy } from '../helpers/start-proxy.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

describe('alongside start', () => {
  it('says where it listens, is ready, and ends with 0 when told to stop', async () => {
    await using gateway = await startGatewayProcess();
    const health = await gateway.get('/health/ready', z.object({ ready: z.boolean() }));
    expect(health.ready).toBe(true);
    expect(gateway.mqtt).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/);
    expect(await gateway.stop('SIGTERM')).toBe(0);
  });

  it('is ready only when the external broker has its subscriptions', async () => {
    await using broker = await startMosquitto();
    await using network = await startProxy(Number(new URL(broker.url).port));
    network.stall();
    setTimeout(() => network.resume(), 2000);
    const external = [`mqtt.url=mqtt://127.0.0.1:${network.port}`, 'mqtt.embedded=false'];
    await using gateway = await startGatewayProcess(external);
    const health = await gateway.get('/health/ready', z.object({ ready: z.boolean() }));
    expect(health.ready).toBe(true);
  });

  it('stops at once on a wrong configuration, with every problem and exit 2', async () => {
    const run = await runCli([
      'start',
      '--set',
      'http.port=http',
      '--set',
      'store.type=tape',
      '--set',
      'nosuch.key=1',
    ]);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('3 problems');
    for (const part of ['http.port', 'store.type', 'nosuch']) expect(run.stderr).toContain(part);
    expect(run.stderr).not.toContain('    at ');
  });

  it('refuses a data folder that another gateway has, names it, and harms nothing', async () => {
    await using folder = await temporaryFolder();
    await using gateway = await startGatewayIn(folder.path);
    const settings = ['http.port=0', 'mqtt.port=0', `dataDir=${folder.path}`];
    const second = await runCli(['start', ...settings.flatMap((setting) => ['--set', setting])]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`process ${gateway.pid} `);
    expect(second.stderr).not.toContain('    at ');
    expect(await gateway.get('/health/ready', z.object({ ready: z.boolean() }))).toEqual({ ready: true });
  });

  it('refuses an embedded store that another gateway has', async () => {
    await using folder = await temporaryFolder();
    const store = join(folder.path, 'store');
    await using gateway = await startGatewayIn(join(folder.path, 'one'), [`store.path=${store}`]);
    const settings = ['http.port=0', 'mqtt.port=0', `dataDir=${folder.path}/two`, `store.path=${store}`];
    const second = await runCli(['start', ...settings.flatMap((setting) => ['--set', setting])]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`${store} is in use by process ${gateway.pid} `);
  });

  it('starts at once in the folder of a gateway that was killed', async () => {
    await using folder = await temporaryFolder();
    for (let round = 0; round < 2; round++) {
      await using gateway = await startGatewayIn(folder.path);
      await gateway.stop('SIGKILL');
      expect(await readFile(join(folder.path, 'gateway.lock'), 'utf8')).toContain(`"pid":${gateway.pid},`);
    }
    await using gateway = await startGatewayIn(folder.path);
    expect(await gateway.stop()).toBe(0);
    expect(await readdir(folder.path)).not.toContain('gateway.lock');
  });

  it('refuses a model that does not fit its manifest, saying what differs', async () => {
    await using folder = await temporaryFolder();
    await cp('models/accompany-demo', join(folder.path, 'accompany-demo'), { recursive: true });
    const manifest = join(folder.path, 'accompany-demo/manifest.json');
    const text = await readFile(manifest, 'utf8');

    await writeFile(manifest, text.replace(/"sizeSamples": \d+/, '"sizeSamples": 100'));
    const wrongShape = await runCli([
      'start',
      '--set',
      `models.dir=${folder.path}`,
      '--set',
      'models.active=[accompany-demo]',
      '--set',
      'http.port=0',
      '--set',
      'mqtt.port=0',
      '--set',
      `dataDir=${folder.path}/data`,
    ]);
    expect(wrongShape.code).toBe(1);
    expect(wrongShape.stderr).toMatch(/expected.*100/s);

    await writeFile(manifest, text.replace(/"sha256": "[0-9a-f]{4}/, '"sha256": "0000'));
    const wrongHash = await runCli([
      'start',
      '--set',
      `models.dir=${folder.path}`,
      '--set',
      'models.active=[accompany-demo]',
      '--set',
      'http.port=0',
      '--set',
      'mqtt.port=0',
      '--set',
      `dataDir=${folder.path}/data`,
    ]);
    expect(wrongHash.code).toBe(1);
    expect(wrongHash.stderr).toContain('SHA-256');
  });

  it('says which port is taken', async () => {
    const port = await freePort();
    const squatter = createServer().listen(port, '127.0.0.1');
    try {
      await using folder = await temporaryFolder();
      const run = await runCli([
        'start',
        '--set',
        `mqtt.port=${port}`,
        '--set',
        'http.port=0',
        '--set',
        `dataDir=${folder.path}`,
      ]);
      expect(run.code).toBe(1);
      expect(run.stderr).toContain(String(port));
      expect(run.stderr).not.toContain('    at ');
    } finally {
      squatter.close();
    }
  });

  it('answers wrong usage with exit 2 and help with 0', async () => {
    expect((await runCli(['start', '--nonsense'])).code).toBe(2);
    expect((await runCli(['dance'])).code).toBe(2);
    for (const command of [
      'start',
      'demo',
      'simulate',
      'replay',
      'windows',
      'train',
      'evaluate',
      'models',
      'config',
    ]) {
      const help = await runCli([command, '--help']);
      expect(help.code, command).toBe(0);
      expect(help.lines[0]).toContain(`Usage: alongside ${command}`);
    }
  });
});
