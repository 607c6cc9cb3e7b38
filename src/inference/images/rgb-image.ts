import type { ImageManifest } from '../models/manifest.js';

/** A decoded picture: R, G, B of each pixel, row after row from the top left. */
export interface RgbImage {
  readonly widthPixels: number;
  readonly heightPixels: number;
  /** `widthPixels * heightPixels * 3` values. */
  readonly data: Uint8Array;
}

/** What a model's input tensor looks like. */
export type TensorFormat = Pick<ImageManifest, 'layout' | 'channelOrder' | 'mean' | 'std'>;

/**
 * Writes a picture into a batch as the model wants it: (value - mean) / std, channel after channel or pixel after pixel.
 *
 * @param target receives `3 * heightPixels * widthPixels` values from `offset` on
 */
export function writeTensor(
  { widthPixels, heightPixels, data }: RgbImage,
  format: TensorFormat,
  target: Float32Array,
  offset: number,
): void {
  const pixels = widthPixels * heightPixels;
  const [step, channelStep] = format.layout === 'nchw' ? [1, pixels] : [3, 1];
  for (let channel = 0; channel < 3; channel++) {
    const place = format.channelOrder === 'rgb' ? channel : 2 - channel;
    const mean = format.mean[channel] ?? 0;
    const scale = 1 / (format.std[channel] ?? 1);
    let to = offset + place * channelStep;
    for (let from = channel; from < data.length; from += 3) {
      target[to] = ((data[from] ?? 0) - mean) * scale;
      to += step;
    }
  }
}
