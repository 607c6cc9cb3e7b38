import { basename } from 'node:path';
import type { ModelSensor, SequenceManifest } from '../../inference/models/manifest.js';
import type { Baseline } from '../../training/motion/baselines/baseline.js';
import type { EngineName } from '../../training/motion/engines.js';
import type { Block } from '../../training/motion/network.js';
import type { Protocol } from '../../training/motion/protocols.js';
import type { LabelKind } from '../../training/motion/window-labels.js';

/** Options of `alongside train accompany`. */
export interface TrainFlags {
  readonly data: string;
  readonly out?: string;
  readonly report?: string;
  readonly modelVersion?: string;
  readonly targets?: readonly LabelKind[];
  readonly sensors?: readonly ModelSensor[];
  readonly gravity?: SequenceManifest['gravity'];
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
