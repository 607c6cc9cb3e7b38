import type { ImageManifest } from '../../inference/models/manifest.js';
import type { BackboneSpec } from '../backbones/backbone.js';
import { sumOfFolds, type TargetMetrics } from '../metrics.js';
import { bullets, type CardText } from '../motion/model-card.js';

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

interface ImageCardInput {
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

/** How well images were told, besides the figures of confusion. */
export interface GuessFigures {
  /** Share of images whose class is among the three most probable. */
  readonly topThree: number;
  /** Among the images of each group. */
  readonly within: Readonly<Record<string, { readonly images: number; readonly accuracy: number }>>;
}

/** More groups than these are not named one by one. */
const MOST_NAMED = 12;

/** Accuracy within each group in words, or its mean over very many. */
export function withinWords(within: GuessFigures['within']): string[] {
  const groups = Object.entries(within);
  if (groups.length <= MOST_NAMED) {
    return groups.map(([name, { accuracy }]) => `within ${name} ${accuracy.toFixed(3)}`);
  }
  const mean = groups.reduce((sum, [, { accuracy }]) => sum + accuracy, 0) / groups.length;
  return [`mean over ${groups.length} groups ${mean.toFixed(3)}`];
}

/**
 * @param labels class of each image
 * @param guesses `[images, classes]`
 * @param groups of each image; those without one count in none
 */
export function guessFigures(
  labels: readonly number[],
  guesses: Float32Array,
  groups: readonly (string | undefined)[],
): GuessFigures {
  const classes = guesses.length / labels.length;
  const places = labels.map((label, image) => {
    const own = guesses.subarray(image * classes, (image + 1) * classes);
    return own.filter((probability) => probability > (own[label] ?? 0)).length;
  });
  const shareOf = (images: readonly number[], place: number): number =>
    images.filter((at) => at <= place).length / Math.max(1, images.length);
  const names = [...new Set(groups.filter((group) => group !== undefined))].sort();
  return {
    topThree: shareOf(places, 2),
    within: Object.fromEntries(
      names.map((name) => {
        const own = places.filter((_, image) => groups[image] === name);
        return [name, { images: own.length, accuracy: shareOf(own, 0) }];
      }),
    ),
  };
}

/** An image that was taken for something else. */
export interface WorstExample {
  readonly path: string;
  readonly truth: string;
  readonly told: string;
  /** Of what was told, 0..1. */
  readonly probability: number;
}

/**
 * The images that were most surely taken for something else, the surest first.
 *
 * @param labels class of each image
 * @param probabilities `[images, classes]`
 */
export function worstExamples(
  classes: readonly string[],
  paths: readonly string[],
  labels: readonly number[],
  probabilities: Float32Array,
  most: number,
): WorstExample[] {
  return paths
    .map((path, image) => {
      const own = probabilities.subarray(image * classes.length, (image + 1) * classes.length);
      const probability = Math.max(...own);
      const told = own.indexOf(probability);
      return { path, label: labels[image] ?? 0, told, probability };
    })
    .filter(({ label, told }) => label !== told)
    .sort((a, b) => b.probability - a.probability)
    .slice(0, most)
    .map(({ path, label, told, probability }) => ({
      path,
      truth: classes[label] ?? '',
      told: classes[told] ?? '',
      probability,
    }));
}
