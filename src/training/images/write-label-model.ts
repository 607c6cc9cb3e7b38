import { PEOPLE_FILE } from '../../inference/models/manifest.js';
import { sha256Of, writeModelFolder } from '../../inference/models/model-folder.js';
import type { BackboneSpec } from '../backbones/backbone.js';
import { bullets, type CardText } from '../motion/model-card.js';
import { encodeModel } from '../onnx/encode-model.js';
import type { LabelMetrics } from './label-metrics.js';
import type { TrainedLabelModel } from './train-label-model.js';
import { graphOf, type ImageModelManifest } from './write-image-model.js';

export interface LabelModelDescription {
  readonly name: string;
  readonly version: string;
  readonly labels: readonly string[];
  readonly images: number;
  readonly backbone: BackboneSpec;
  /** The network that finds people; `undefined`: pictures are taken whole. */
  readonly people: Uint8Array | undefined;
  readonly text: CardText;
  readonly training: readonly string[];
  /** ISO 8601. */
  readonly trainedAt: string;
  readonly command: string;
}

/** Writes a model that tells several labels a picture as a folder that a gateway can serve. */
export async function writeLabelModel(
  path: string,
  trained: TrainedLabelModel,
  description: LabelModelDescription,
): Promise<void> {
  const { people } = description;
  const manifest = labelManifestOf(description, trained);
  const files = new Map(people === undefined ? [] : [[PEOPLE_FILE, people]]);
  await writeModelFolder(path, manifest, encodeModel(trained.model), labelCard(description, trained), files);
}

/** The manifest of a model that tells several labels a picture. */
export function labelManifestOf(
  { name, version, labels, backbone, people, text, trainedAt, command }: LabelModelDescription,
  { thresholds, metrics, protocol }: TrainedLabelModel,
): ImageModelManifest {
  const round = (value: number): number => Math.round(value * 1e4) / 1e4;
  return {
    name,
    version,
    ...graphOf(backbone),
    scores: 'labels',
    classes: [...labels],
    thresholds: thresholds.map(round),
    ...(people === undefined ? {} : { people: { file: PEOPLE_FILE, sha256: sha256Of(people) } }),
    provenance: {
      data: text.data,
      licence: text.licence,
      protocol: `held-out: ${protocol} (mean average precision ${cell(metrics.meanAveragePrecision)})`,
      metrics: Object.fromEntries(
        (['meanAveragePrecision', 'macroF1', 'firstWorn'] as const).flatMap((figure) => {
          const value = metrics[figure];
          return value === null ? [] : [[`held-out.${figure}`, round(value)]];
        }),
      ),
      trainedAt,
      command,
    },
  };
}

function labelCard(description: LabelModelDescription, { metrics, protocol }: TrainedLabelModel): string {
  const { name, version, text, labels, backbone, images, people, training, command } = description;
  return `${[
    `# ${name} ${version}`,
    text.summary,
    '## What it takes and gives',
    bullets([
      people === undefined
        ? 'Pictures: taken whole, as of one person'
        : `Pictures with people: each person is found (\`${PEOPLE_FILE}\`) and looked at alone; without a person there are no labels`,
      `Input: RGB, ${backbone.widthPixels} × ${backbone.heightPixels} pixels after preparation, which the gateway does`,
      `Labels, several at once, each with a probability of its own: ${labels.join(', ')}`,
      'Embedding: the features before the classifier',
    ]),
    '## Data',
    text.data,
    `Trained on ${images} pictures. Backbone: ${backbone.name}, ${backbone.licence}. Licence of the weights: ${text.licence}`,
    '## How good it is',
    `${protocol}: ${metricsSentence(metrics)}`,
    labelTable(metrics),
    'Probabilities and thresholds were set on the same pictures that these figures are of: two numbers and one a label.',
    '## Limits',
    bullets(text.limits),
    '## How it was trained',
    bullets(training),
    `\`\`\`\n${command}\n\`\`\``,
  ].join('\n\n')}\n`;
}

/** The figures in a sentence. */
export function metricsSentence({
  meanAveragePrecision,
  macroF1,
  firstWorn,
  counted,
  byLabel,
}: LabelMetrics): string {
  if (counted.length === 0) return 'no figures, since each label is on nearly all pictures or none';
  const left = byLabel.map(({ label }) => label).filter((label) => !counted.includes(label));
  const words =
    `mean average precision ${cell(meanAveragePrecision)}, macro F1 ${cell(macroF1)}, ` +
    `the most probable label is worn on ${cell(firstWorn)}`;
  return left.length === 0 ? words : `${words} (without ${left.join(', ')}, on nearly all pictures or none)`;
}

function labelTable({ byLabel }: LabelMetrics): string {
  return [
    '| label | pictures | average precision | threshold | precision | recall | F1 |',
    '|---|---|---|---|---|---|---|',
    ...byLabel.map(
      ({ label, positives, averagePrecision, threshold, precision, recall, f1 }) =>
        `| ${label} | ${positives} | ${cell(averagePrecision)} | ${threshold.toFixed(3)} | ${cell(precision)} | ${cell(recall)} | ${cell(f1)} |`,
    ),
  ].join('\n');
}

function cell(value: number | null): string {
  return value?.toFixed(3) ?? '–';
}
