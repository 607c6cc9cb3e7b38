import type { RgbImage } from '../../inference/images/rgb-image.js';
import type { Random } from '../random.js';

/** Where an image is cut and how its light is changed; positions as shares of the image. */
export interface View {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly isMirrored: boolean;
  /** A factor a channel around middle grey. */
  readonly contrast: readonly [number, number, number];
  /** Added to all channels, 0..255. */
  readonly brightness: number;
}

/** The image as it is. */
export const PLAIN_VIEW: View = {
  left: 0,
  top: 0,
  width: 1,
  height: 1,
  isMirrored: false,
  contrast: [1, 1, 1],
  brightness: 0,
};

export interface ViewLimits {
  /** Smallest share of the image's area that a crop keeps. */
  readonly minArea: number;
  /** Largest factor by which a crop's proportions change. */
  readonly maxStretch: number;
  /** Largest change of light: share of contrast and colour, and of the range 0..255 for brightness. */
  readonly light: number;
}

export const DEFAULT_VIEW_LIMITS: ViewLimits = { minArea: 0.4, maxStretch: 1.3, light: 0.25 };

/** A random crop, mirrored half of the time, in a random light. */
export function randomView(random: Random, { minArea, maxStretch, light }: ViewLimits): View {
  const side = Math.sqrt(random.between(minArea, 1));
  const stretch = Math.exp(random.between(-Math.log(maxStretch), Math.log(maxStretch)) / 2);
  const width = Math.min(1, side * stretch);
  const height = Math.min(1, side / stretch);
  const contrast = 1 + random.between(-light, light);
  const channel = (): number => contrast * (1 + random.between(-light, light) / 4);
  return {
    left: random.uniform() * (1 - width),
    top: random.uniform() * (1 - height),
    width,
    height,
    isMirrored: random.uniform() < 0.5,
    contrast: [channel(), channel(), channel()],
    brightness: 255 * random.between(-light, light) * 0.5,
  };
}

/** Draws a view of a picture in another size, by bilinear interpolation between its pixels. */
export function renderView(
  picture: RgbImage,
  view: View,
  widthPixels: number,
  heightPixels: number,
): RgbImage {
  const columns = sampling(view.left, view.width, picture.widthPixels, widthPixels, view.isMirrored);
  const rows = sampling(view.top, view.height, picture.heightPixels, heightPixels, false);
  const tables = view.contrast.map((contrast) => lightTable(contrast, view.brightness));
  const data = new Uint8Array(widthPixels * heightPixels * 3);
  const source = picture.data;
  const stride = picture.widthPixels * 3;
  for (let y = 0; y < heightPixels; y++) {
    const above = (rows.first[y] ?? 0) * stride;
    const below = (rows.second[y] ?? 0) * stride;
    const down = rows.share[y] ?? 0;
    for (let x = 0; x < widthPixels; x++) {
      const near = (columns.first[x] ?? 0) * 3;
      const far = (columns.second[x] ?? 0) * 3;
      const across = columns.share[x] ?? 0;
      const at = (y * widthPixels + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const a = source[above + near + channel] ?? 0;
        const b = source[above + far + channel] ?? 0;
        const c = source[below + near + channel] ?? 0;
        const d = source[below + far + channel] ?? 0;
        const upper = a + (b - a) * across;
        const value = upper + (c + (d - c) * across - upper) * down;
        data[at + channel] = tables[channel]?.[Math.round(value)] ?? 0;
      }
    }
  }
  return { widthPixels, heightPixels, data };
}

interface Sampling {
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** How much of the second. */
  readonly share: Float32Array;
}

/** For each pixel of an axis the two source pixels it lies between. */
function sampling(from: number, length: number, size: number, wanted: number, isMirrored: boolean): Sampling {
  const first = new Int32Array(wanted);
  const second = new Int32Array(wanted);
  const share = new Float32Array(wanted);
  for (let index = 0; index < wanted; index++) {
    const at = isMirrored ? wanted - 1 - index : index;
    const position = (from + (length * (at + 0.5)) / wanted) * size - 0.5;
    const inside = Math.min(size - 1, Math.max(0, position));
    first[index] = Math.floor(inside);
    second[index] = Math.min(size - 1, Math.floor(inside) + 1);
    share[index] = inside - Math.floor(inside);
  }
  return { first, second, share };
}

function lightTable(contrast: number, brightness: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, value) =>
    Math.min(255, Math.max(0, Math.round((value - 127.5) * contrast + 127.5 + brightness))),
  );
}
