import { Command, Option } from 'commander';
import type { ParsedAddress } from '../config/url-credentials.js';
import { TRUTH_TARGETS } from '../recordings/simulation/day-plan.js';
import type { Fleet, FleetCounts } from '../recordings/simulation/fleet.js';
import { PHONE_FORMATS, type PhoneFormat } from '../recordings/simulation/phone-formats.js';
import { type CliContext, untilAborted } from './context.js';
import { brokerAddress, numberBetween, wholeNumberBetween, withLogin } from './options.js';

interface SimulateFlags {
  readonly url: ParsedAddress;
  readonly username?: string;
  readonly password?: string;
  readonly phones: number;
  readonly seconds?: number;
  readonly format: PhoneFormat;
  readonly rate: number;
  readonly seed: number;
  readonly pace: 'real-time' | 'max';
  readonly connections: 'shared' | 'each';
  readonly labels?: boolean;
  readonly truth?: boolean;
  readonly json?: boolean;
}

const PROGRESS_MS = 5000;

/** `alongside simulate`: phones with known truth that send to a broker. */
export function createSimulateCommand(context: CliContext): Command {
  return new Command('simulate')
    .requiredOption('--url <url>', 'broker, for example mqtt://localhost:1883', brokerAddress)
    .option('--username <name>', 'for the broker')
    .option('--password <text>', 'for the broker')
    .option('--phones <n>', 'number of phones', wholeNumberBetween(1, 100_000), 10)
    .option('--seconds <s>', 'time to simulate; by default until interrupted', numberBetween(1, 31_536_000))
    .addOption(
      new Option('--format <format>', 'what the phones send').choices(PHONE_FORMATS).default('sensor-logger'),
    )
    .option('--rate <hz>', 'samples a second of each sensor', numberBetween(1, 1000), 50)
    .option('--seed <n>', 'the same seed gives the same people', wholeNumberBetween(0, 2 ** 32 - 1), 1)
    .addOption(
      new Option('--pace <pace>', 'as fast as phones send, or as fast as the broker accepts')
        .choices(['real-time', 'max'])
        .default('real-time'),
    )
    .addOption(
      new Option('--connections <kind>', 'one connection for all phones, or one for each')
        .choices(['shared', 'each'])
        .default('shared'),
    )
    .option('--labels', 'the wearers say what is true, on alongside/<device>/labels')
    .option('--truth', 'at the end print what was true, one JSON object an interval')
    .option('--json', 'at the end print one JSON object')
    .action((flags: SimulateFlags) => simulate(context, flags));
}

async function simulate(context: CliContext, flags: SimulateFlags): Promise<void> {
  const { startFleet } = await import('../recordings/simulation/fleet.js');
  await using fleet = await startFleet({
    ...withLogin(flags.url, flags),
    phones: flags.phones,
    ...(flags.seconds === undefined ? {} : { seconds: flags.seconds }),
    format: flags.format,
    rateHz: flags.rate,
    seed: flags.seed,
    pace: flags.pace,
    connections: flags.connections,
    labels: flags.labels === true,
    clock: context.clock,
  });
  const progress = setInterval(() => context.note(progressLine(fleet.counts())), PROGRESS_MS);
  await Promise.race([fleet.finished, untilAborted(context.signal)]);
  clearInterval(progress);
  report(context, flags, fleet);
}

function report(context: CliContext, flags: SimulateFlags, fleet: Fleet): void {
  const counts = fleet.counts();
  context.note(progressLine(counts));
  if (flags.truth === true)
    for (const line of truthLines(fleet, flags.seconds ?? counts.seconds)) context.print(line);
  if (flags.json === true) context.print(JSON.stringify(counts));
}

function progressLine(counts: FleetCounts): string {
  const waiting = counts.messages - counts.acknowledged - counts.failed;
  return (
    `${counts.seconds.toFixed(0)} s: ${counts.phones} phones sent ${counts.messages} messages, ` +
    `${counts.samples} samples; ${waiting} not acknowledged, ${counts.failed} failed`
  );
}

function truthLines(fleet: Fleet, seconds: number): string[] {
  const { startMs } = fleet;
  return fleet.devices.flatMap((device) =>
    TRUTH_TARGETS.flatMap((target) =>
      fleet
        .truth(device, target, startMs, startMs + seconds * 1000)
        .map((interval) => JSON.stringify({ device, target, ...interval })),
    ),
  );
}
