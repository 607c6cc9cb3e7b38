// A gateway for a browser to look at.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(import.meta.dirname, '../../../dist/main.js');

/** Simulated phones that stream to it as phones do. */
export function startPhones(url, phones) {
  const words = ['simulate', '--url', url, '--phones', String(phones)];
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: 'ignore' });
  return { stop: () => child.kill() };
}

/** Starts it on free ports over a data folder. */
export async function startGateway(dataDir) {
  const settings = [`dataDir=${dataDir}`, 'http.port=0', 'mqtt.port=0', 'logLevel=error'];
  const child = spawn(
    process.execPath,
    [MAIN, 'start', '--json', ...settings.flatMap((one) => ['--set', one])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise((resolve) => child.once('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const { http, mqtt } = JSON.parse(line);
    return {
      http,
      mqtt,
      pid: child.pid,
      stop: async () => {
        child.kill();
        await ended;
      },
    };
  }
  throw new Error('the gateway ended before it was ready');
}
