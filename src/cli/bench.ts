import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { z } from 'zod';
import type { LedgerSnapshot } from '../domain/ledger.js';
import type { Gateway } from '../gateway.js';
import { GatewayError } from '../shared/errors.js';
import { PACKAGE_FOLDER, SHIPPED_MODELS } from '../shared/package.js';
import { type CliContext, untilAborted } from './context.js';
import { numberBetween, wholeNumberBetween } from './options.js';
import { MODELS_FOR_SIMULATED, type OwnSettings, untilStored, withOwnGateway } from './own-gateway.js';
import { modelPath } from './train/model-flags.js';

interface BenchFlags {
  readonly phones: number;
  readonly seconds: number;
  readonly rate: number;
  readonly model?: string;
  readonly json?: boolean;
}

/** The figures of one run; `--json` prints them so. */
interface BenchFigures {
  readonly phones: number;
  readonly seconds: number;
  readonly messages: number;
  readonly samplesPerSecond: number;
  readonly windows: LedgerSnapshot['windows'];
  /** From the arrival of the message that completes a window to its stored result; `null` where none was stored. */
  readonly latencyMs: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
  readonly cpuSecondsPerPhoneMinute: number;
  /** Processor time a second, of one core. */
  readonly shareOfCore: number;
  readonly peakRssMb: number;
  /** The most that the simulated phones were late themselves: much of it means that the machine was too small for both. */
  readonly largestPhoneLagMs: number;
  readonly balanced: boolean;
}

const STORE_WITHIN_MS = 10_000;
/** Phones that were later than this could not keep their own pace. */
const TOLERABLE_LAG_MS = 1000;

/** `alongside bench`: what a gateway with so many phones costs on this machine. */
export function createBenchCommand(context: CliContext): Command {
  return new Command('bench')
    .option('--phones <n>', 'number of simulated phones', wholeNumberBetween(1, 10_000), 100)
    .option('--seconds <n>', 'how long they stream', wholeNumberBetween(5, 86_400), 30)
    .option('--rate <hz>', 'samples a second of each of three sensors', numberBetween(1, 1000), 50)
    .option('--model <model>', 'name of a shipped model, or a model folder; by default those of the demo')
    .option('--json', 'print the figures as one JSON object')
    .action((flags: BenchFlags) => bench(context, flags));
}

async function bench(context: CliContext, flags: BenchFlags): Promise<void> {
  const settings = { http: { port: 0 }, mqtt: { port: 0 }, models: modelsOf(flags) };
  await withOwnGateway(context, settings, async (gateway) => {
    context.note(`${flags.phones} simulated phones stream for ${flags.seconds} s …`);
    report(context, flags, await measure(context, flags, gateway));
  });
}

function modelsOf({ model }: BenchFlags): OwnSettings['models'] {
  if (model === undefined) return MODELS_FOR_SIMULATED;
  const folder = modelPath(model, SHIPPED_MODELS);
  return { dir: dirname(folder), active: [basename(folder)] };
}

async function measure(context: CliContext, flags: BenchFlags, gateway: Gateway): Promise<BenchFigures> {
  const before = process.cpuUsage();
  const { phones, seconds, rate: rateHz } = flags;
  const sent = await runPhones({ url: gateway.mqttUrl, phones, seconds, rateHz, signal: context.signal });
  await untilStored(gateway, STORE_WITHIN_MS);
  const { user, system } = process.cpuUsage(before);
  const { balanced, windows } = gateway.ledger();
  const [p50, p95, p99] = await Promise.all([0.5, 0.95, 0.99].map((quantile) => gateway.latencyMs(quantile)));
  return {
    phones,
    seconds: sent.seconds,
    messages: sent.messages,
    windows,
    balanced,
    samplesPerSecond: sent.samples / sent.seconds,
    latencyMs: { p50: p50 ?? null, p95: p95 ?? null, p99: p99 ?? null },
    ...costOf((user + system) / 1e6, phones, sent),
  };
}

function costOf(cpuSeconds: number, phones: number, { seconds, largestLagMs }: PhonesCounts) {
  return {
    cpuSecondsPerPhoneMinute: cpuSeconds / ((phones * seconds) / 60),
    shareOfCore: cpuSeconds / seconds,
    // Linux, macOS and Windows all give kibibytes here.
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    largestPhoneLagMs: largestLagMs,
  };
}

function report(context: CliContext, flags: BenchFlags, figures: BenchFigures): void {
  if (flags.json === true) context.print(JSON.stringify(figures));
  else for (const line of linesOf(figures)) context.print(line);
}

function linesOf(figures: BenchFigures): string[] {
  const { phones, seconds, messages, samplesPerSecond, windows, latencyMs } = figures;
  const latencies = Object.entries(latencyMs).map(
    ([name, ms]) => `${name} ${ms === null ? '-' : Math.round(ms)}`,
  );
  return [
    `${phones} phones for ${seconds.toFixed(0)} s: ${messages} messages, ${Math.round(samplesPerSecond)} samples a second`,
    `${windows.due} windows were due, ${windows.stored} are stored; ` +
      `the ledger ${figures.balanced ? 'balances' : 'DOES NOT BALANCE'}`,
    `from message to stored result: ${latencies.join(', ')} ms`,
    `${figures.shareOfCore.toFixed(2)} of a core, ${figures.cpuSecondsPerPhoneMinute.toFixed(3)} processor seconds ` +
      `a phone and minute, at most ${Math.round(figures.peakRssMb)} MB`,
    ...lagWarning(figures),
    ...(windows.due === 0 ? ['No window was due: stream for longer than the windows of the model are.'] : []),
  ];
}

function lagWarning({ largestPhoneLagMs }: BenchFigures): string[] {
  if (largestPhoneLagMs <= TOLERABLE_LAG_MS) return [];
  const late = (largestPhoneLagMs / 1000).toFixed(1);
  return [
    `The simulated phones were up to ${late} s late themselves: this machine is too small for them and the gateway.`,
  ];
}

interface PhonesRequest {
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

type PhonesCounts = z.infer<typeof countsSchema>;

const MAIN = join(PACKAGE_FOLDER, 'dist/main.js');

/**
 * Runs `alongside simulate`, so that what the phones cost is not counted as the gateway's.
 *
 * @throws GatewayError `SOURCE_FAILED` with the process's own words when it fails
 */
async function runPhones({ url, phones, seconds, rateHz, signal }: PhonesRequest): Promise<PhonesCounts> {
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
