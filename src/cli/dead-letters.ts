import { Command } from 'commander';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { storeDeadLetters } from '../gateway/retention.js';
import { GatewayError } from '../shared/errors.js';
import { resendDeadLetters } from '../storage/outbox/dead-letters.js';
import { parseLoosePoint } from '../storage/point-codec.js';
import type { CliContext } from './context.js';
import { addConfigOptions, type ConfigFlags } from './options.js';

type Flags = ConfigFlags & { readonly json?: boolean };

/** Letters that a store refused with the same words. */
interface Reason {
  readonly words: string;
  letters: number;
  readonly devices: Set<string>;
  firstAtMs: number;
  lastAtMs: number;
}

/** `alongside dead-letters list|send`: results that InfluxDB has refused for good. */
export function createDeadLettersCommand(context: CliContext): Command {
  const command = new Command('dead-letters');
  addConfigOptions(command.command('list'))
    .description('list them by what InfluxDB said')
    .option('--json', 'print one JSON object')
    .action((flags: Flags) => list(context, flags));
  addConfigOptions(command.command('send'))
    .description('send them again, also while a gateway is running; what is refused again stays')
    .option('--json', 'print one JSON object')
    .action((flags: Flags) => send(context, flags));
  return command;
}

async function list(context: CliContext, flags: Flags): Promise<void> {
  const { letters, damagedLines, reasons } = await reasonsIn(await configOf(context, flags));
  if (flags.json === true) {
    const shown = reasons.map((reason) => ({ ...reason, devices: [...reason.devices].sort() }));
    context.print(JSON.stringify({ letters, damagedLines, reasons: shown }));
    return;
  }
  if (letters === 0) context.print('there are no dead letters');
  for (const { words, letters: count, devices, firstAtMs, lastAtMs } of reasons) {
    context.print(
      `${count} of ${devices.size} devices, ${isoOf(firstAtMs)} to ${isoOf(lastAtMs)}: ${oneLine(words)}`,
    );
  }
  if (damagedLines > 0) context.note(`${damagedLines} lines cannot be read`);
}

async function send(context: CliContext, flags: Flags): Promise<void> {
  const config = await configOf(context, flags);
  const { openStore } = await import('../gateway/open-resources.js');
  const { lockData } = await import('../gateway/open-resources.js');
  // A store in the data folder has one writer.
  await using _ = config.store.type === 'embedded' ? await lockData(config) : undefined;
  await using store = await openStore(config, context.clock);
  const resent = await resendDeadLetters(storeDeadLetters(config), store, context.clock.nowMs());
  const { sent, refused, unreadable } = resent;
  if (flags.json === true) context.print(JSON.stringify(resent));
  else context.print(`${sent} sent, ${refused} refused again, ${unreadable} unreadable`);
  if (refused + unreadable > 0) {
    throw new GatewayError(
      'STORE_REFUSED',
      `${refused + unreadable} dead letters are left; "alongside dead-letters list" says why`,
    );
  }
}

async function reasonsIn(config: Config) {
  const reasons = new Map<string, Reason>();
  const counts = { letters: 0, damagedLines: 0 };
  for await (const batch of storeDeadLetters(config).read()) {
    counts.letters += batch.letters.length;
    counts.damagedLines += batch.damagedLines;
    for (const { words, atMs, payload } of batch.letters) {
      const reason = reasons.get(words) ?? newReason(words, atMs);
      reasons.set(words, reason);
      reason.letters += 1;
      reason.firstAtMs = Math.min(reason.firstAtMs, atMs);
      reason.lastAtMs = Math.max(reason.lastAtMs, atMs);
      const device = parseLoosePoint(payload)?.point.device;
      if (device !== undefined) reason.devices.add(device);
    }
  }
  return { ...counts, reasons: [...reasons.values()] };
}

function newReason(words: string, atMs: number): Reason {
  return { words, letters: 0, devices: new Set(), firstAtMs: atMs, lastAtMs: atMs };
}

function configOf(context: CliContext, flags: ConfigFlags): Promise<Config> {
  return loadConfig({ file: flags.config, set: flags.set, env: context.env });
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** The words are another program's. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{C}+/gu, ' ');
}
