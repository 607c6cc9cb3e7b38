import sharp from 'sharp';
import { messageOf } from '../errors.js';
import type { ImageManifest } from '../models/manifest.js';
import { ImageError } from './image-error.js';

/** Pixels a picture may have: those of a 50-megapixel phone camera. What is beyond takes memory and adds nothing. */
export const MAX_PIXELS = 52_000_000;
/** Pixels along a side below which there is nothing to recognise. */
export const MIN_SIDE_PIXELS = 16;
/** Longest that a picture may take, seconds; libvips gives up after it. */
const TIMEOUT_SECONDS = 10;

const FITS = { stretch: 'fill', crop: 'cover', pad: 'contain' } as const;

// Pictures are decoded beside one another rather than each on many threads, and none comes twice. What else libvips can
// read (SVG, TIFF, PDF, …) is a way in for attacks: it stays shut.
sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
});

/** A decoded picture: R, G, B of each pixel, row after row from the top left. */
export interface RgbImage {
  readonly widthPixels: number;
  readonly heightPixels: number;
  /** `widthPixels * heightPixels * 3` values. */
  readonly data: Uint8Array;
}

/** The size a picture is brought to, and how if its proportions are others. */
export type TargetSize = Pick<ImageManifest, 'widthPixels' | 'heightPixels' | 'resize'>;

/**
 * Decodes a JPEG, PNG or WebP picture to sRGB of a given size, in libvips' threads: the right way up by its EXIF
 * orientation, on white where it is transparent, the first of animated ones; CMYK and 16-bit pictures are converted. The
 * same for serving and training.
 *
 * @throws ImageError saying what is wrong with the picture
 */
export async function decodeImage(bytes: Uint8Array, size: TargetSize): Promise<RgbImage> {
  await checkHeader(bytes);
  try {
    const { data, info } = await sharp(bytes, { failOn: 'error', limitInputPixels: MAX_PIXELS, pages: 1 })
      .timeout({ seconds: TIMEOUT_SECONDS })
      .autoOrient()
      .resize(size.widthPixels, size.heightPixels, { fit: FITS[size.resize], background: 'white' })
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels instead of 3`);
    return { widthPixels: info.width, heightPixels: info.height, data };
  } catch (error) {
    throw damaged(error);
  }
}

/** Looks at the size that a picture says it has, before anything of it is decoded. */
async function checkHeader(bytes: Uint8Array): Promise<void> {
  const { width, height } = await readHeader(bytes);
  if (width * height > MAX_PIXELS) {
    throw new ImageError(
      'too-large',
      `The picture has ${width} x ${height} pixels; send at most ${MAX_PIXELS / 1e6} million`,
    );
  }
  if (Math.min(width, height) < MIN_SIDE_PIXELS) {
    throw new ImageError(
      'too-small',
      `The picture has ${width} x ${height} pixels; send at least ${MIN_SIDE_PIXELS} x ${MIN_SIDE_PIXELS}`,
    );
  }
}

async function readHeader(bytes: Uint8Array): Promise<{ readonly width: number; readonly height: number }> {
  if (bytes.length === 0) throw new ImageError('format', 'The picture is empty');
  try {
    return await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata();
  } catch (error) {
    if (!messageOf(error).includes('unsupported image format')) throw damaged(error);
    throw new ImageError('format', 'The bytes are no JPEG, PNG or WebP picture', { cause: error });
  }
}

function damaged(cause: unknown): ImageError {
  const [firstLine] = messageOf(cause).split('\n', 1);
  return new ImageError('damaged', `The picture is damaged: ${firstLine}`, { cause });
}
