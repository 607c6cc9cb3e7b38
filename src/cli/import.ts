import { join } from 'node:path';
import { Command, Option } from 'commander';
import { DEVICE_ID_RULE, type DeviceId, parseDeviceId } from '../domain/ids.js';
import type { PlatformName } from '../ingest/decode/platform.js';
import type { FoundExport, ImportedRecording } from '../recordings/imports/imported-recording.js';
import { GatewayError } from '../shared/errors.js';
import type { CliContext } from './context.js';
import { epochMs } from './options.js';

interface ImportFlags {
  readonly out: string;
  readonly device?: string;
  readonly subject?: string;
  readonly platform?: PlatformName;
  readonly start?: number;
  readonly replace?: boolean;
  readonly json?: boolean;
}

/** `alongside import EXPORT…`: what an app has exported, as labelled recordings. */
export function createImportCommand(context: CliContext): Command {
  return new Command('import')
    .argument('<export...>', 'zip files, single files, or folders with any number of exports')
    .option('--out <folder>', 'folder of recordings', 'recordings')
    .option('--device <id>', 'name of the device; by default as the export names it')
    .option('--subject <name>', 'who wore it; by default the name of the device')
    .addOption(
      new Option(
        '--platform <name>',
        'signs and units of Sensor Logger; by default as the export says',
      ).choices(['ios', 'android']),
    )
    .option(
      '--start <time>',
      'epoch milliseconds or ISO 8601 time of second 0, for an export that does not say',
      epochMs,
    )
    .option('--replace', 'put a recording in the place of one of the same device and time')
    .option('--json', 'print one JSON object a recording')
    .action(async (paths: readonly string[], flags: ImportFlags) => {
      const run = new ImportRun(context, flags);
      for (const path of paths) await run.import(path);
      run.finish();
    });
}

/** One call of the command: what is wrong with one export does not keep the others. */
class ImportRun {
  readonly #context: CliContext;
  readonly #flags: ImportFlags;
  readonly #written = new Set<string>();
  readonly #failures: { readonly source: string; readonly error: GatewayError }[] = [];

  constructor(context: CliContext, flags: ImportFlags) {
    this.#context = context;
    this.#flags = flags;
  }

  async import(path: string): Promise<void> {
    const { findExports } = await import('../recordings/imports/find-exports.js');
    const found = await this.#attempt(path, findExports(path));
    if (found === undefined) return;
    const { exports, others } = found;
    if (this.#flags.start !== undefined && exports.length > 1) {
      throw new GatewayError('USAGE', `--start is of one export, and ${path} holds ${exports.length}`);
    }
    for (const other of others) this.#context.note(`${join(path, other)} left out: no app's export`);
    for (const each of exports) {
      const source = exports.length === 1 ? path : join(path, each.name);
      await this.#attempt(source, this.#importOne(source, each));
    }
  }

  /** @throws GatewayError what kept an export from being imported, or how many were not */
  finish(): void {
    const [first] = this.#failures;
    if (first === undefined) return;
    const total = this.#failures.length + this.#written.size;
    if (total === 1) throw first.error;
    for (const { source, error } of this.#failures) this.#context.note(`${source}: ${error.message}`);
    const count = `${this.#failures.length} of ${total} exports`;
    throw new GatewayError('RECORDING_INVALID', `${count} were not imported, for the reasons above`);
  }

  async #attempt<T>(source: string, work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      const isOfExport = error instanceof GatewayError && error.code === 'RECORDING_INVALID';
      if (!isOfExport) throw error;
      this.#failures.push({ source, error });
      return undefined;
    }
  }

  async #importOne(source: string, found: FoundExport): Promise<void> {
    const { platform, start: startMs, out: folder } = this.#flags;
    const { readExport } = await import('../recordings/imports/find-exports.js');
    const imported = await readExport(found, { platform, startMs });
    const device = deviceOf(imported, this.#flags.device);
    const subject = this.#flags.subject ?? device;
    const isReplacing = this.#flags.replace === true;
    const { writeImport } = await import('../recordings/imports/write-import.js');
    const written = await writeImport(imported, { folder, device, subject, isReplacing }, this.#written);
    this.#written.add(written.path);
    for (const note of imported.notes) this.#context.note(`${source}: ${note}`);
    const { app, labels, invalidSamples } = imported;
    const sensors = imported.blocks.map(({ sensor }) => sensor);
    const report = { ...written, device, subject, app, sensors, labels: labels.length, invalidSamples };
    this.#context.print(this.#flags.json === true ? JSON.stringify(report) : describe(report));
  }
}

function describe(report: {
  readonly path: string;
  readonly samples: number;
  readonly duplicates: number;
  readonly invalidSamples: number;
  readonly sensors: readonly string[];
  readonly labels: number;
  readonly app: string;
}): string {
  return (
    `${report.path}: ${report.samples} samples of ${report.sensors.join(', ')} from ${report.app}, ${report.labels} labels; ` +
    `left out: ${report.duplicates} of a time that was there, ${report.invalidSamples} that are no numbers or have no time`
  );
}

/** A name from an export is made to fit; one that was asked for must. */
function deviceOf({ device: said, app }: ImportedRecording, asked: string | undefined): DeviceId {
  const names = asked === undefined ? [fitting(said ?? ''), fitting(app)] : [asked];
  const device = names.map(parseDeviceId).find((id) => id !== undefined);
  if (device !== undefined) return device;
  throw new GatewayError('USAGE', `"${asked}" cannot be a device's name (${DEVICE_ID_RULE})`);
}

function fitting(name: string): string {
  return name
    .replace(/[^A-Za-z0-9_.:-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
}
