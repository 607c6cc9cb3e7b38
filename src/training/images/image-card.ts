import type { ImageManifest } from '../../inference/models/manifest.js';
import type { BackboneSpec } from '../backbones/backbone-spec.js';
import { sumOfFolds, type TargetMetrics } from '../metrics.js';
import { bullets, type CardText } from '../motion/model-card.js';
import type { GuessFigures } from './guess-figures.js';

/** How a model did, and how that was measured. */
export interface ImageMeasurement extends Partial<GuessFigures> {
  /** Name in the manifest's metrics. */
  readonly name: string;
  /** In words. */
  readonly protocol: string;
  /** One a fold; a single one without folds. */
  readonly folds: readonly TargetMetrics[];
  /** Training for one fold took so long. */
  readonly foldSeconds?: number;
}

export interface ImageCardInput {
  readonly manifest: Pick<ImageManifest, 'name' | 'version' | 'widthPixels' | 'heightPixels' | 'classes'>;
  readonly text: CardText;
  readonly backbone: BackboneSpec;
  readonly images: number;
  /** What was done, one a line. */
  readonly training: readonly string[];
  readonly measurements: readonly ImageMeasurement[];
  readonly command: string | undefined;
}

/** The model card, `README.md` of an image model's folder. */
export function imageCard(input: ImageCardInput): string {
  const { manifest, text, backbone } = input;
  return `${[
    `# ${manifest.name} ${manifest.version}`,
    text.summary,
    '## What it takes and gives',
    bullets([
      `Images: RGB, ${manifest.widthPixels} × ${manifest.heightPixels} pixels after preparation, which the gateway does`,
      `Labels: ${manifest.classes.join(', ')}`,
      'Embedding: the features before the classifier, for finding similar items',
    ]),
    '## Data',
    text.data,
    `Trained on ${input.images} images. Backbone: ${backbone.name}, ${backbone.licence}, ${backbone.origin}. Licence of the weights: ${text.licence}`,
    '## How good it is',
    ...(input.measurements.length === 0 ? ['It was not measured.'] : [figureTable(input.measurements)]),
    ...input.measurements.map(classTable),
    '## Limits',
    bullets(text.limits),
    '## How it was trained',
    bullets(input.training),
    ...(input.command === undefined ? [] : [`\`\`\`\n${input.command}\n\`\`\``]),
  ].join('\n\n')}\n`;
}

/** Mean over folds, and their standard deviation where there are several. */
export function foldStatistics(values: readonly number[]): {
  readonly mean: number;
  readonly deviation: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}

function figureTable(measurements: readonly ImageMeasurement[]): string {
  return [
    '| measured | images | accuracy | balanced accuracy | macro F1 | among the first three |',
    '|---|---|---|---|---|---|',
    ...measurements.map(({ protocol, folds, topThree }) => {
      const images = folds.reduce((sum, { windows }) => sum + windows, 0);
      const cell = (value: (figures: TargetMetrics) => number): string => cellOf(folds.map(value));
      return `| ${protocol} | ${images} | ${cell((f) => f.accuracy)} | ${cell((f) => f.balancedAccuracy)} | ${cell((f) => f.macroF1)} | ${topThree?.toFixed(3) ?? '–'} |`;
    }),
  ].join('\n');
}

function cellOf(values: readonly number[]): string {
  const { mean, deviation } = foldStatistics(values);
  return values.length < 2 ? mean.toFixed(3) : `${mean.toFixed(3)} ± ${deviation.toFixed(3)}`;
}

/** How many images of each class were taken for which, over all folds. */
function classTable({ protocol, folds }: ImageMeasurement): string {
  const { classes = [], confusion = [] } = sumOfFolds(folds) ?? {};
  return [
    `${protocol}; rows are the truth, columns what was told:`,
    '',
    `| | ${classes.join(' | ')} |`,
    `|---|${classes.map(() => '---').join('|')}|`,
    ...classes.map((name, truth) => `| **${name}** | ${(confusion[truth] ?? []).join(' | ')} |`),
  ].join('\n');
}
