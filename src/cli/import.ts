import { Command, Option } from 'commander';
import type { PlatformName } from '../decode/platform.js';
import { DEVICE_ID_RULE, type DeviceId, parseDeviceId } from '../domain/ids.js';
import { GatewayError } from '../errors.js';
import type { ImportedRecording } from '../imports/imported-recording.js';
import { readExport } from '../imports/read-export.js';
import { writeImport } from '../imports/write-import.js';
import type { CliContext } from './context.js';
import { epochMs } from './number-option.js';

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
    .argument('<export...>', 'zip files, folders or single files')
    .requiredOption('--out <folder>', 'folder of recordings')
    .option('--device <id>', 'name of the device; by default as the export names it')
    .option('--subject <name>', 'who wore it; by default the name of the device')
    .addOption(
      new Option(
        '--platform <name>',
        'signs and units of Sensor Logger; by default as the export says',
      ).choices(['ios', 'android']),
    )
    .option('--start <time>', 'epoch milliseconds or ISO 8601 time of second 0 of a phyphox export', epochMs)
    .option('--replace', 'put a recording in the place of one of the same device and time')
    .option('--json', 'print one JSON object a recording')
    .action(async (paths: readonly string[], flags: ImportFlags) => {
      for (const path of paths) await importOne(context, path, flags);
    });
}

async function importOne(context: CliContext, path: string, flags: ImportFlags): Promise<void> {
  const imported = await readExport(path, { platform: flags.platform, startMs: flags.start });
  const device = deviceOf(flags.device ?? imported.device ?? imported.app, flags.device !== undefined);
  const subject = flags.subject ?? device;
  const isReplacing = flags.replace === true;
  const written = await writeImport(imported, { folder: flags.out, device, subject, isReplacing });
  const report = {
    ...written,
    device,
    subject,
    app: imported.app,
    sensors: imported.blocks.map(({ sensor }) => sensor),
    labels: imported.labels.length,
    invalidSamples: imported.invalidSamples,
  };
  for (const note of imported.notes) context.note(`${path}: ${note}`);
  if (flags.json === true) context.print(JSON.stringify(report));
  else context.print(describe(imported, report));
}

function describe(
  { app }: ImportedRecording,
  report: {
    path: string;
    samples: number;
    duplicates: number;
    invalidSamples: number;
    sensors: string[];
    labels: number;
  },
): string {
  return (
    `${report.path}: ${report.samples} samples of ${report.sensors.join(', ')} from ${app}, ${report.labels} labels; ` +
    `left out: ${report.duplicates} of a time that was there, ${report.invalidSamples} that are no numbers`
  );
}

/** A name from an export is made to fit; one that was asked for must. */
function deviceOf(text: string, isAskedFor: boolean): DeviceId {
  const name = isAskedFor ? text : text.replace(/[^A-Za-z0-9_.:-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  const device = parseDeviceId(name.slice(0, 64));
  if (device !== undefined) return device;
  throw new GatewayError('USAGE', `"${text}" cannot be a device's name (${DEVICE_ID_RULE}); give --device`);
}
