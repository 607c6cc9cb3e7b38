import { Command } from 'commander';
import type { LedgerSnapshot } from '../domain/ledger.js';
import type { Gateway } from '../gateway.js';
import type { LiveEvent } from '../http/live-feed.js';
import { TRUTH_TARGETS } from '../recordings/simulation/day-plan.js';
import type { Fleet } from '../recordings/simulation/fleet.js';
import { GatewayError } from '../shared/errors.js';
import { type CliContext, untilAborted } from './context.js';
import { type AgreementShares, agreementOf } from './demo-agreement.js';
import { wholeNumberBetween } from './options.js';
import { freePortNear, MODELS_FOR_SIMULATED, untilStored, withOwnGateway } from './own-gateway.js';

interface DemoFlags {
  readonly seconds?: number;
  readonly phones: number;
  readonly seed: number;
  readonly history?: number;
  readonly json?: boolean;
  readonly cluster?: boolean;
}

/** Long enough that one is killed, taken over from, and back. */
const CLUSTER_SECONDS = 45;
const HISTORY_MINUTES = 30;
/** The history is sent in seconds, so the phones' clocks seem to be so far behind at most. */
const MOST_BEHIND_MS = 86_400_000;
const NO_STATUS = 'there is no status yet; run it for longer';
const NOTHING_YET: Readonly<Record<keyof AgreementShares, string>> = {
  accompanied: NO_STATUS,
  conversation: NO_STATUS,
  company: 'nobody was with another of the phones yet; run it for longer',
};
const STORE_WITHIN_MS = 3000;
const WAKE_MS = 250;

/** `alongside demo`: the whole gateway with simulated phones, nothing else needed. */
export function createDemoCommand(context: CliContext): Command {
  return new Command('demo')
    .option(
      '--seconds <n>',
      'seconds after which it ends; by default at Ctrl-C',
      wholeNumberBetween(1, 86_400),
    )
    .option('--phones <n>', 'number of simulated phones', wholeNumberBetween(1, 1000), 6)
    .option('--seed <n>', 'the same seed gives the same people', wholeNumberBetween(0, 2 ** 32 - 1), 1)
    .option(
      '--history <minutes>',
      'minutes of history that the phones send first; 30, with --json none',
      wholeNumberBetween(0, 1440),
    )
    .option('--cluster', 'three gateways that share the phones over NATS, of which one is killed on the way')
    .option('--json', 'at the end print one JSON object')
    .action((flags: DemoFlags) =>
      flags.cluster === true ? demoOfCluster(context, flags) : demo(context, flags),
    );
}

async function demoOfCluster(context: CliContext, flags: DemoFlags): Promise<void> {
  if (flags.history !== undefined)
    throw new GatewayError('USAGE', '--history does not go together with --cluster: its phones begin now');
  const { demoCluster } = await import('./demo-cluster.js');
  const { phones, seed, seconds = CLUSTER_SECONDS, json = false } = flags;
  await demoCluster(context, { phones, seed, seconds, json });
}

async function demo(context: CliContext, flags: DemoFlags): Promise<void> {
  const [{ phoneName }, { startFleet }, { planOutings }, { createTimelineBuilder }] = await Promise.all([
    import('../recordings/simulation/create-phones.js'),
    import('../recordings/simulation/fleet.js'),
    import('../recordings/simulation/outings.js'),
    import('../gateway/stages.js'),
  ]);
  const settings = {
    http: { port: await freePortNear(8080) },
    mqtt: { port: await freePortNear(1883) },
    models: MODELS_FOR_SIMULATED,
    company: { enabled: true, maxClockErrorMs: MOST_BEHIND_MS },
    devices: { [phoneName(0)]: { company: 'on' as const }, [phoneName(1)]: { company: 'on' as const } },
  };
  await withOwnGateway(context, settings, async (gateway, config) => {
    const startMs = context.clock.nowMs() - historyMs(flags);
    const outings = planOutings(flags.seed, startMs);
    await using fleet = await startFleet({
      url: gateway.mqttUrl,
      phones: flags.phones,
      seed: flags.seed,
      format: 'sensor-logger',
      rateHz: 50,
      pace: 'catch-up',
      startMs,
      outings,
      connections: 'shared',
      clock: context.clock,
    });
    greet(context, gateway, fleet);
    await follow(context, gateway, flags.seconds);
    await fleet[Symbol.asyncDispose]();
    await untilStored(gateway, STORE_WITHIN_MS);
    // The models made on simulated people have no filter.
    const timelineOf = createTimelineBuilder(config, () => []);
    const range = { fromMs: startMs, toMs: context.clock.nowMs() };
    const agreement = await agreementOf(gateway.store, fleet, outings, timelineOf, range);
    report(context, flags, gateway, agreement);
  });
}

/** A dashboard that has something to tell from the beginning; scripts want to know how the time they asked for went. */
function historyMs({ history, json }: DemoFlags): number {
  return (history ?? (json === true ? 0 : HISTORY_MINUTES)) * 60_000;
}

function greet(context: CliContext, gateway: Gateway, fleet: Fleet): void {
  context.note(
    `${fleet.devices.length} simulated phones stream to ${gateway.mqttUrl}; your own phone may join them.`,
  );
  context.note(`Look at ${gateway.httpUrl}   (API: ${gateway.httpUrl}/openapi.json)   Ctrl-C ends the demo.`);
  context.note(
    `Ask what is on a picture: curl --data-binary @photo.jpg -H 'content-type: image/jpeg' ${gateway.httpUrl}/v1/apparel/classify`,
  );
}

/** Prints each change of status until it is time to end. */
async function follow(context: CliContext, gateway: Gateway, seconds: number | undefined): Promise<void> {
  const end = new AbortController();
  const timer = seconds === undefined ? undefined : setTimeout(() => end.abort(), seconds * 1000);
  const cursor = gateway.liveFeed.subscribe(0, () => undefined);
  const print = (): void => {
    for (let next = cursor.next(); next !== undefined; next = cursor.next()) {
      const line = lineOf(next.event);
      if (line !== undefined) context.note(line);
    }
  };
  const printing = setInterval(print, WAKE_MS);
  await untilAborted(AbortSignal.any([context.signal, end.signal]));
  clearTimeout(timer);
  clearInterval(printing);
  print();
  cursor.close();
}

/** What changed, for a person to read; of two who are together once. */
function lineOf(event: LiveEvent): string | undefined {
  if (event.type === 'company' && event.data.device < event.data.with) {
    const { device, status, probability, atMs } = event.data;
    return columns(atMs, device, `with ${event.data.with}`, status, probability);
  }
  if (event.type !== 'status' || event.data.kind !== 'change') return undefined;
  const { device, target, status, confidence, atMs } = event.data;
  return columns(atMs, device, target, status, confidence);
}

function columns(atMs: number, device: string, what: string, status: string, sure: number): string {
  const time = new Date(atMs).toISOString().slice(11, 19);
  return `${time}  ${device.padEnd(12)} ${what.padEnd(16)} ${status.padEnd(8)} ${percent(sure)}`;
}

function report(context: CliContext, flags: DemoFlags, gateway: Gateway, agreement: AgreementShares): void {
  const ledger = gateway.ledger();
  if (flags.json === true) {
    const { httpUrl: url } = gateway;
    context.print(
      JSON.stringify({ devices: flags.phones, windows: ledger.windows.stored, agreement, ledger, url }),
    );
    return;
  }
  context.print(`${flags.phones} phones, ${ledger.windows.stored} windows stored; ${balanceOf(ledger)}`);
  for (const target of [...TRUTH_TARGETS, 'company'] as const) {
    const share = agreement[target];
    const words = share === null ? NOTHING_YET[target] : `right ${percent(share)} of the time`;
    context.print(`${target.padEnd(12)} ${words}`);
  }
}

function balanceOf({ balanced, messages }: LedgerSnapshot): string {
  return `${messages.received} messages received, the ledger ${balanced ? 'balances' : 'DOES NOT BALANCE'}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
