import type { Manifest } from './models/manifest.js';

/** Shape and names with which a model is run, taken from its manifest. */
export interface TensorPlan {
  readonly input: string;
  /** Dimensions of one item of the batch. */
  readonly itemShape: readonly number[];
  /** Outputs wanted, with the number of values an item has; `undefined` where the manifest does not say. */
  readonly outputs: readonly { readonly name: string; readonly width: number | undefined }[];
}

export function planTensors(manifest: Manifest): TensorPlan {
  if (manifest.kind === 'sequence') {
    return {
      input: manifest.input,
      itemShape: [manifest.sizeSamples, manifest.channels.length],
      outputs: manifest.targets.map(({ output, classes }) => ({ name: output, width: classes.length })),
    };
  }
  const { layout, heightPixels, widthPixels, output, feature, classes } = manifest;
  return {
    input: manifest.input,
    itemShape: layout === 'nchw' ? [3, heightPixels, widthPixels] : [heightPixels, widthPixels, 3],
    outputs: [
      { name: output, width: classes.length },
      ...(feature === undefined ? [] : [{ name: feature, width: undefined }]),
    ],
  };
}

/** Number of values one item of the batch has. */
export function itemLengthOf(plan: TensorPlan): number {
  return plan.itemShape.reduce((product, size) => product * size, 1);
}

/** True for the file name of a tf.layers model, false for that of an ONNX model. */
export function isTfLayersFile(file: string): boolean {
  return file.endsWith('.json');
}
