import { Command, Option } from 'commander';
import { configSchema } from '../config/schema.js';
import { type DeviceId, parseDeviceId } from '../domain/ids.js';
import type { Recording } from '../domain/recording.js';
import { INTERPOLATIONS, type Interpolation, type SampleWindow } from '../domain/window.js';
import { readModelFolder } from '../inference/models/model-folder.js';
import { readRecording } from '../recordings/read-recording.js';
import {
  modelWindowSpec,
  type RecordingWindowSpec,
  wholeRecordingSpec,
  windowsOfRecording,
} from '../recordings/recording-windows.js';
import { GatewayError } from '../shared/errors.js';
import type { CliContext } from './context.js';
import { epochMs, numberBetween, wholeNumberBetween } from './options.js';
import { modelPath } from './train/model-flags.js';

interface WindowsFlags {
  readonly model?: string;
  readonly modelsDir: string;
  readonly rate?: number;
  readonly size?: number;
  readonly stride?: number;
  readonly start?: number;
  readonly device?: string;
  readonly tolerance?: number;
  readonly interpolation: Interpolation;
}

/** The shape that a model gets when it is trained without further words. */
const DEFAULT_RATE_HZ = 50;
const DEFAULT_SIZE_SAMPLES = 128;

/** `alongside windows RECORDING`: the synchronised windows of a recording as NDJSON. */
export function createWindowsCommand(context: CliContext): Command {
  return new Command('windows')
    .argument('<recording>', 'folder of the recording')
    .option('--model <name>', 'channels, rate, size and stride of this model')
    .option('--models-dir <folder>', 'folder of model folders', 'models')
    .option('--rate <hz>', `rows a second; ${DEFAULT_RATE_HZ} without a model`, numberBetween(0.001, 1000))
    .option(
      '--size <rows>',
      `rows a window; ${DEFAULT_SIZE_SAMPLES} without a model`,
      wholeNumberBetween(1, 100_000),
    )
    .option(
      '--stride <rows>',
      'rows between the starts of two windows; half a window without a model',
      wholeNumberBetween(1, 100_000),
    )
    .option('--start <time>', 'epoch milliseconds or ISO 8601 time of t = 0; by default as recorded', epochMs)
    .option('--device <id>', 'name of the device; by default the name of the recording')
    .option('--tolerance <ms>', 'largest distance between a row and its sample', numberBetween(0, 60_000))
    .addOption(
      new Option('--interpolation <method>', 'how a row gets its values, as stream.interpolation')
        .choices(INTERPOLATIONS)
        .default('nearest'),
    )
    .action(async (path: string, flags: WindowsFlags) => {
      const recording = await readRecording(path);
      const spec = await specOf(recording, flags);
      const { synchroniseOptions } = await import('../gateway/stages.js');
      const defaults = synchroniseOptions(configSchema.parse({}).stream);
      const { interpolation } = flags;
      const options = { ...defaults, interpolation, toleranceMs: flags.tolerance ?? defaults.toleranceMs };
      const device = deviceOf(flags.device ?? recording.id);
      const startMs = flags.start ?? recording.startMs;
      for (const window of windowsOfRecording(recording, device, startMs, spec, options)) {
        if (context.signal.aborted) return;
        context.print(lineOf(window, spec.channels));
      }
    });
}

async function specOf(recording: Recording, flags: WindowsFlags): Promise<RecordingWindowSpec> {
  if (flags.model !== undefined) return await modelSpec(flags.model, flags);
  const { rate = DEFAULT_RATE_HZ, size = DEFAULT_SIZE_SAMPLES, stride = Math.ceil(size / 2) } = flags;
  return wholeRecordingSpec(recording, { samplingRateHz: rate, sizeSamples: size, strideSamples: stride });
}

async function modelSpec(model: string, flags: WindowsFlags): Promise<RecordingWindowSpec> {
  const { manifest } = await readModelFolder(modelPath(model, flags.modelsDir));
  if (manifest.kind !== 'sequence')
    throw new GatewayError('USAGE', `${model} is an image model: it has no windows`);
  const { rate, size, stride } = flags;
  if (rate !== undefined || size !== undefined || stride !== undefined) {
    throw new GatewayError('USAGE', '--rate, --size and --stride come from the model when --model is given');
  }
  return modelWindowSpec(manifest);
}

function deviceOf(text: string): DeviceId {
  const device = parseDeviceId(text);
  if (device === undefined)
    throw new GatewayError('USAGE', `"${text}" cannot be a device's name; give one by --device`);
  return device;
}

function lineOf(window: SampleWindow, channels: readonly string[]): string {
  return JSON.stringify({
    device: window.device,
    startMs: window.startMs,
    endMs: window.endMs,
    coverage: window.coverage,
    meanDeltaMs: window.meanDeltaMs,
    maxDeltaMs: window.maxDeltaMs,
    channels,
    data: rowsOf(window.values, channels.length),
  });
}

/** Single-precision values are printed in full, so that they read back as they are. What is missing is `null`. */
function rowsOf(values: Float32Array, width: number): (number | null)[][] {
  const rows: (number | null)[][] = [];
  // Plain loops: `Array.from` of a part of a typed array costs more than to print it.
  for (let at = 0; at < values.length; at += width) {
    const row: (number | null)[] = [];
    for (let column = 0; column < width; column++) {
      const value = values[at + column] ?? Number.NaN;
      row.push(Number.isNaN(value) ? null : value);
    }
    rows.push(row);
  }
  return rows;
}
