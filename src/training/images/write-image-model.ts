import { type UnhashedManifest, writeModelFolder } from '../../inference/models/model-folder.js';
import type { Backbone, BackboneSpec } from '../backbones/backbone.js';
import type { CardText } from '../motion/model-card.js';
import { encodeModel } from '../onnx/encode-model.js';
import type { OnnxModel } from '../onnx/model.js';
import { FEATURES, PROBABILITIES } from './export-image-model.js';
import { foldStatistics, type ImageMeasurement, imageCard } from './image-card.js';

export interface ImageModelDescription {
  readonly name: string;
  readonly version: string;
  readonly classes: readonly string[];
  readonly images: number;
  readonly backbone: Backbone;
  readonly text: CardText;
  readonly training: readonly string[];
  /** ISO 8601. */
  readonly trainedAt: string;
  readonly command: string | undefined;
}

export type ImageModelManifest = Extract<UnhashedManifest, { kind: 'image' }>;

/** Writes a trained image model as a folder that a gateway can serve: ONNX file, manifest, card. */
export async function writeImageModel(
  path: string,
  model: OnnxModel,
  description: ImageModelDescription,
  measurements: readonly ImageMeasurement[],
): Promise<void> {
  const manifest = imageManifestOf(description, measurements);
  const card = imageCard({
    manifest,
    text: description.text,
    backbone: description.backbone.spec,
    images: description.images,
    training: description.training,
    measurements,
    command: description.command,
  });
  await writeModelFolder(path, manifest, encodeModel(model), card);
}

/** The manifest of an image model that is trained here. */
export function imageManifestOf(
  description: ImageModelDescription,
  measurements: readonly ImageMeasurement[],
): ImageModelManifest {
  return {
    name: description.name,
    version: description.version,
    ...graphOf(description.backbone.spec),
    scores: 'probabilities',
    classes: [...description.classes],
    provenance: {
      data: description.text.data,
      licence: description.text.licence,
      protocol: measurements.map(({ name, protocol }) => `${name}: ${protocol}`).join('; ') || 'not measured',
      metrics: Object.fromEntries(measurements.flatMap(metricsOf)),
      trainedAt: description.trainedAt,
      ...(description.command === undefined ? {} : { command: description.command }),
    },
  };
}

/** What a manifest says of the graph of a model that is trained on a backbone. */
export function graphOf(
  backbone: BackboneSpec,
): Omit<ImageModelManifest, 'name' | 'version' | 'scores' | 'classes' | 'provenance'> {
  return {
    kind: 'image',
    file: 'model.onnx',
    input: backbone.input,
    layout: backbone.layout,
    widthPixels: backbone.widthPixels,
    heightPixels: backbone.heightPixels,
    resize: 'stretch',
    channelOrder: backbone.channelOrder,
    mean: [...backbone.mean],
    std: [...backbone.std],
    output: PROBABILITIES,
    feature: FEATURES,
  };
}

function metricsOf({ name, folds }: ImageMeasurement): [string, number][] {
  const round = (value: number): number => Math.round(value * 1e4) / 1e4;
  return (['accuracy', 'balancedAccuracy', 'macroF1'] as const).flatMap((figure): [string, number][] => {
    const { mean, deviation } = foldStatistics(folds.map((fold) => fold[figure]));
    return folds.length < 2
      ? [[`${name}.${figure}`, round(mean)]]
      : [
          [`${name}.${figure}`, round(mean)],
          [`${name}.${figure}Deviation`, round(deviation)],
        ];
  });
}
