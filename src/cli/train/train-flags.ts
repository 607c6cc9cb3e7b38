import { basename } from 'node:path';
import { z } from 'zod';
import type { ModelSensor, SequenceManifest } from '../../inference/models/manifest.js';
import { GatewayError } from '../../shared/errors.js';
import type { Baseline } from '../../training/motion/baselines/baseline.js';
import type { LabelKind } from '../../training/motion/data/window-labels.js';
import type { Protocol } from '../../training/motion/folds/protocols.js';
import type { EngineName } from '../../training/motion/network/engines.js';
import {
  type HyperParameters,
  hyperParametersSchema,
} from '../../training/motion/network/hyper-parameters.js';
import type { Block } from '../../training/motion/network/network.js';

/** Options of `alongside train accompany`. */
export interface TrainFlags {
  readonly data: string;
  readonly out?: string;
  readonly report?: string;
  readonly modelVersion?: string;
  readonly targets?: readonly LabelKind[];
  readonly sensors?: readonly ModelSensor[];
  readonly gravity?: SequenceManifest['gravity'];
  readonly placement?: SequenceManifest['placement'];
  /** A model to adapt. */
  readonly from?: string;
  readonly baseData?: string;
  readonly freeze: readonly (Block | 'none')[];
  readonly renormalise?: boolean;
  readonly protocol: readonly Protocol[];
  readonly folds: number;
  readonly testShare: number;
  readonly baselines: readonly (Baseline | 'none')[];
  readonly engine: EngineName;
  readonly workers: number;
  readonly card?: string;
  readonly set: readonly string[];
  readonly resume?: boolean;
  readonly json?: boolean;
}

/** Where models go for which no place is given: `runs/`, named after the data. */
export function outOf({ out, data }: Pick<TrainFlags, 'out' | 'data'>): string {
  if (out !== undefined) return out;
  const name = basename(data.split(':', 1)[0] ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `runs/${name === '' ? 'model' : name}`;
}

/** The command that trains the same again, without paths of this machine. */
export function commandLineOf(flags: TrainFlags): string {
  const words = [
    'alongside train accompany',
    `--data ${basename(flags.data)}`,
    `--out ${basename(outOf(flags))}`,
  ];
  if (flags.targets !== undefined) words.push(`--targets ${flags.targets.join(',')}`);
  if (flags.sensors !== undefined) words.push(`--sensors ${flags.sensors.join(',')}`);
  if (flags.gravity !== undefined) words.push(`--gravity ${flags.gravity}`);
  if (flags.placement !== undefined) words.push(`--placement ${flags.placement}`);
  if (flags.from !== undefined) return [...words, ...adaptationWords(flags, flags.from)].join(' ');
  words.push(`--protocol ${flags.protocol.join(',')} --folds ${flags.folds}`);
  words.push(`--baselines ${flags.baselines.join(',')}`);
  return [...words, ...settingWords(flags)].join(' ');
}

function adaptationWords(flags: TrainFlags, from: string): string[] {
  return [
    `--from ${basename(from)}`,
    ...(flags.baseData === undefined ? [] : [`--base-data ${basename(flags.baseData)}`]),
    `--freeze ${flags.freeze.join(',')}`,
    ...(flags.renormalise === true ? ['--renormalise'] : []),
    `--test-share ${flags.testShare}`,
    ...settingWords(flags),
  ];
}

function settingWords({ set }: TrainFlags): string[] {
  return set.map((setting) => `--set ${setting}`);
}

const PREFIX = 'hyper.';

/**
 * Reads `--set hyper.key=value`; the last of several settings of one key counts.
 *
 * @throws GatewayError `USAGE` that lists every problem
 */
export function parseHyperSettings(settings: readonly string[]): HyperParameters {
  const entries = settings.map((setting): [string, unknown] => {
    const at = setting.indexOf('=');
    if (!setting.startsWith(PREFIX) || at < 0) {
      throw new GatewayError('USAGE', `--set ${setting}: must look like hyper.epochs=10`);
    }
    const text = setting.slice(at + 1);
    const isNumber = text.trim() !== '' && !Number.isNaN(Number(text));
    return [setting.slice(PREFIX.length, at), isNumber ? Number(text) : text];
  });
  const result = hyperParametersSchema.safeParse(Object.fromEntries(entries));
  if (result.success) return result.data;
  throw new GatewayError('USAGE', `--set:\n${z.prettifyError(result.error)}`);
}

/** Every hyper-parameter with its default and meaning, for `--help`. */
export function describeHyperParameters(): string {
  const defaults: Readonly<Record<string, unknown>> = hyperParametersSchema.parse({});
  const lines = Object.entries(hyperParametersSchema.shape).map(
    ([name, schema]) =>
      `  hyper.${name}${name in defaults ? `=${defaults[name]}` : ''}  ${schema.description ?? ''}`,
  );
  return `\nHyper-parameters and their defaults, for --set:\n${lines.join('\n')}`;
}
