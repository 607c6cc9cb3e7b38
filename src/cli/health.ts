import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { GatewayError, messageOf } from '../shared/errors.js';
import type { CliContext } from './context.js';
import { addConfigOptions, type ConfigFlags } from './options.js';

const TIMEOUT_MS = 4000;

/** `alongside health`: asks the gateway that runs with this configuration whether it is ready. */
export function createHealthCommand(context: CliContext): Command {
  return addConfigOptions(new Command('health'))
    .option('--json', 'print one JSON object')
    .action(async (flags: ConfigFlags & { readonly json?: boolean }) => {
      const { http } = await loadConfig({ file: flags.config, set: flags.set, env: context.env });
      const url = healthUrl(http);
      const { status, body } = await ask(url);
      if (status !== 200) throw new GatewayError('SOURCE_FAILED', `${url} is not ready: ${body}`);
      context.print(flags.json === true ? JSON.stringify({ ready: true, url: url.href }) : `ready: ${url}`);
    });
}

/** @throws GatewayError `USAGE` where the port is chosen at the start */
export function healthUrl({ host, port, tls }: Pick<Config['http'], 'host' | 'port' | 'tls'>): URL {
  if (port === 0) {
    throw new GatewayError(
      'USAGE',
      'http.port is 0, any free port: give the port that the gateway has printed',
    );
  }
  const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const address = everywhere[host] ?? host;
  const shown = address.includes(':') ? `[${address}]` : address;
  return new URL(`${tls === undefined ? 'http' : 'https'}://${shown}:${port}/health/ready`);
}

async function ask(url: URL): Promise<{ readonly status: number | undefined; readonly body: string }> {
  try {
    return await new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      // The certificate is for the name that phones use, and nothing secret is sent.
      const options = { signal, rejectUnauthorized: false };
      const request = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, { signal });
      request.once('error', reject);
      request.once('response', (answer) => {
        text(answer).then((body) => resolve({ status: answer.statusCode, body }), reject);
      });
      request.end();
    });
  } catch (error) {
    throw new GatewayError('SOURCE_FAILED', `${url} does not answer: ${messageOf(error)}`, { cause: error });
  }
}
