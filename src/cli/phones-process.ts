import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { GatewayError } from '../shared/errors.js';
import { PACKAGE_FOLDER } from '../shared/package.js';
import { untilAborted } from './context.js';

export interface PhonesRequest {
  readonly url: string;
  readonly phones: number;
  readonly seconds: number;
  readonly rateHz: number;
  /** Ends them early; what they sent until then is told all the same. */
  readonly signal: AbortSignal;
}

const countsSchema = z.object({
  messages: z.number(),
  samples: z.number(),
  seconds: z.number(),
  largestLagMs: z.number(),
});

export type PhonesCounts = z.infer<typeof countsSchema>;

const MAIN = join(PACKAGE_FOLDER, 'dist/main.js');

/**
 * Runs `alongside simulate`, so that what the phones cost is not counted as the gateway's.
 *
 * @throws GatewayError `SOURCE_FAILED` with the process's own words when it fails
 */
export async function runPhones({
  url,
  phones,
  seconds,
  rateHz,
  signal,
}: PhonesRequest): Promise<PhonesCounts> {
  const options = { url, phones, seconds, rate: rateHz, connections: 'each' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [MAIN, 'simulate', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  void untilAborted(signal).then(() => child.kill('SIGINT'));
  const [output, words] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) {
    throw new GatewayError('SOURCE_FAILED', `the simulated phones ended with an error:\n${words.trim()}`);
  }
  return countsSchema.parse(JSON.parse(output.trimEnd().split('\n').at(-1) ?? ''));
}
