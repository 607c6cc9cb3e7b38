import type { Region } from '../../domain/image.js';
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

export const WHOLE_PICTURE: Region = { left: 0, top: 0, right: 1, bottom: 1 };

/** What lies beyond the edges: middle grey, which networks see as nothing. */
const BEYOND = 128;

/**
 * Cuts a region out of a picture and brings it to a size: bilinear, over as many pixels as one of the result covers, so
 * that nothing flickers when much is made small.
 */
export function cropPicture(
  picture: RgbImage,
  region: Region,
  widthPixels: number,
  heightPixels: number,
): RgbImage {
  const columns = tapsOf(region.left, region.right, picture.widthPixels, widthPixels);
  const rows = tapsOf(region.top, region.bottom, picture.heightPixels, heightPixels);
  const [firstRow, rowCount] = [rows.first, rows.beyond - rows.first];
  const across = new Float32Array(rowCount * widthPixels * 3);
  for (let row = 0; row < rowCount; row++) {
    const source = (firstRow + row) * picture.widthPixels * 3;
    for (let x = 0; x < widthPixels; x++)
      addTaps(across, (row * widthPixels + x) * 3, picture.data, source, 3, columns, x);
  }
  const data = new Uint8Array(widthPixels * heightPixels * 3);
  const sums = new Float32Array(widthPixels * 3);
  const stride = widthPixels * 3;
  for (let y = 0; y < heightPixels; y++) {
    sums.fill(0);
    const start = rows.starts[y] ?? 0;
    const count = (rows.starts[y + 1] ?? 0) - start;
    let inside = 0;
    for (let tap = 0; tap < count; tap++) {
      const weight = rows.weights[start + tap] ?? 0;
      inside += weight;
      const from = ((rows.firsts[y] ?? 0) - firstRow + tap) * stride;
      for (let at = 0; at < stride; at++) sums[at] = (sums[at] ?? 0) + weight * (across[from + at] ?? 0);
    }
    const beyond = (1 - inside) * BEYOND;
    for (let at = 0; at < stride; at++) data[y * stride + at] = Math.round((sums[at] ?? 0) + beyond);
  }
  return { widthPixels, heightPixels, data };
}

/** For each pixel of a result the pixels of the source it is made of. Weights of those beyond the edges are left out. */
interface Taps {
  /** Where the weights of each pixel begin, and at the end their number. */
  readonly starts: Int32Array;
  /** The first source pixel of each pixel. */
  readonly firsts: Int32Array;
  readonly weights: Float32Array;
  /** First source pixel of all, and the one behind the last. */
  readonly first: number;
  readonly beyond: number;
}

function addTaps(
  target: Float32Array,
  at: number,
  source: Uint8Array,
  offset: number,
  step: number,
  taps: Taps,
  pixel: number,
): void {
  const start = taps.starts[pixel] ?? 0;
  const end = taps.starts[pixel + 1] ?? 0;
  let from = offset + (taps.firsts[pixel] ?? 0) * step;
  let [red, green, blue, inside] = [0, 0, 0, 0];
  for (let tap = start; tap < end; tap++) {
    const weight = taps.weights[tap] ?? 0;
    inside += weight;
    red += weight * (source[from] ?? 0);
    green += weight * (source[from + 1] ?? 0);
    blue += weight * (source[from + 2] ?? 0);
    from += step;
  }
  const beyond = (1 - inside) * BEYOND;
  target[at] = red + beyond;
  target[at + 1] = green + beyond;
  target[at + 2] = blue + beyond;
}

function tapsOf(from: number, to: number, sizePixels: number, wantedPixels: number): Taps {
  const starts = new Int32Array(wantedPixels + 1);
  const firsts = new Int32Array(wantedPixels);
  const weights: number[] = [];
  const scale = ((to - from) * sizePixels) / wantedPixels;
  const reach = Math.max(1, Math.abs(scale));
  for (let index = 0; index < wantedPixels; index++) {
    const centre = from * sizePixels + (index + 0.5) * scale - 0.5;
    const all = Array.from(
      { length: Math.floor(centre + reach) - Math.ceil(centre - reach) + 1 },
      (_, tap) => {
        const at = Math.ceil(centre - reach) + tap;
        return { at, weight: Math.max(0, 1 - Math.abs(at - centre) / reach) };
      },
    );
    const total = all.reduce((sum, { weight }) => sum + weight, 0);
    const inside = all.filter(({ at }) => at >= 0 && at < sizePixels);
    firsts[index] = inside[0]?.at ?? 0;
    weights.push(...inside.map(({ weight }) => weight / total));
    starts[index + 1] = weights.length;
  }
  const lasts = firsts.map((first, index) => first + (starts[index + 1] ?? 0) - (starts[index] ?? 0));
  return {
    starts,
    firsts,
    weights: Float32Array.from(weights),
    first: firsts.reduce((least, at) => Math.min(least, at), sizePixels),
    beyond: lasts.reduce((most, at) => Math.max(most, at), 0),
  };
}
