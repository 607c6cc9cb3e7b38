import sharp from 'sharp';
import { messageOf } from '../../shared/errors.js';
import { brokenPicture, ImageError, type PlainPicture, pictureKind } from '../../shared/picture-bytes.js';
import type { ImageManifest } from '../models/manifest.js';
import { plainJpeg } from './plain-jpeg.js';
import { plainPng } from './plain-png.js';
import { plainWebp } from './plain-webp.js';
import type { RgbImage } from './rgb-image.js';

/** Longest that a picture may take, seconds; libvips gives up after it. */
const TIMEOUT_SECONDS = 10;

const FITS = { stretch: 'fill', crop: 'cover', pad: 'contain', within: 'inside' } as const;

// Loading libvips takes 60 ms and more: a gateway loads this file when it is ready, if it has a model for pictures.
// Pictures are decoded beside one another rather than each on many threads, and none comes twice. What else libvips can
// read (SVG, TIFF, PDF, …) is a way in for attacks: it stays shut.
sharp.concurrency(1);
sharp.cache(false);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
});

/** The size a picture is brought to, and how if its proportions are others. */
export interface TargetSize extends Pick<ImageManifest, 'widthPixels' | 'heightPixels'> {
  /** within: its own proportions, no larger than the size. */
  readonly resize: ImageManifest['resize'] | 'within';
}

/**
 * Decodes a JPEG, PNG or WebP picture to sRGB of a given size, in libvips' threads: the right way up by its EXIF
 * orientation, on white where it is transparent, the first of animated ones; CMYK and 16-bit pictures are converted. The
 * same for serving and training. libvips sees what {@link toPlainPicture} leaves of it.
 *
 * @throws ImageError saying what is wrong with the picture
 */
export async function decodeImage(bytes: Uint8Array, size: TargetSize): Promise<RgbImage> {
  const picture = toPlainPicture(bytes);
  if (picture.isOpenEnded) await requireAllRows(picture);
  try {
    const { data, info } = await sharp(picture.bytes, {
      failOn: 'error',
      limitInputPixels: MAX_PIXELS,
      pages: 1,
    })
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
    throw brokenPicture(messageOf(error).split('\n', 1).join(''), error);
  }
}

/** Browsers show a picture without an end. One without part of its data is refused: what is grey would be taken for seen. */
async function requireAllRows({ bytes, heightPixels }: PlainPicture): Promise<void> {
  try {
    await sharp(bytes, { failOn: 'warning', limitInputPixels: MAX_PIXELS })
      .timeout({ seconds: TIMEOUT_SECONDS })
      .extract({ left: 0, top: heightPixels - 1, width: 1, height: 1 })
      .raw()
      .toBuffer();
  } catch (error) {
    throw brokenPicture('its end is missing, and data before it', error);
  }
}

/** Pixels a picture may have: those of a 50-megapixel phone camera. What is beyond takes memory and adds nothing. */
export const MAX_PIXELS = 52_000_000;
/** Pixels along a side below which there is nothing to recognise. */
export const MIN_SIDE_PIXELS = 16;
/**
 * How many times as long as the other a long side may be; the widest panoramas of phones are. A picture is brought to its size
 * along its rows, many of them at once: one of 64000 x 400 pixels took 162 MB.
 */
const MAX_PROPORTION = 10;
/** From this length on a side is long. */
const LONG_SIDE_PIXELS = 10_000;
/** About twice an ordinary 12-megapixel photograph: as progressive JPEG 36 MB, as PNG 36 to 48 MB. */
export const MAX_UNPACKED_BYTES = 80_000_000;
/** Decoding a photograph of 12 megapixels as phones write it: a JPEG of 4.7 MB that is not progressive. */
const PHOTOGRAPH_NS = 47_000_000;
const MAX_PHOTOGRAPHS = 3;

const READERS = { jpeg: plainJpeg, png: plainPng, webp: plainWebp };

/**
 * Looks through a picture without unpacking anything of it, and leaves out what its pixels do not need. The first bytes decide
 * what it is.
 *
 * @throws ImageError when it is no JPEG, PNG or WebP picture, is broken, or would cost too much to decode
 */
export function toPlainPicture(bytes: Uint8Array): PlainPicture {
  if (bytes.length === 0) throw new ImageError('format', 'The picture is empty');
  const kind = pictureKind(bytes);
  if (kind === undefined) throw new ImageError('format', 'The bytes are no JPEG, PNG or WebP picture');
  const picture = READERS[kind](bytes);
  requireBounds(picture);
  return picture;
}

function requireBounds({
  widthPixels: width,
  heightPixels: height,
  unpackedBytes,
  workNs,
}: PlainPicture): void {
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
  const longest = Math.max(width, height);
  if (longest > LONG_SIDE_PIXELS && longest > Math.min(width, height) * MAX_PROPORTION) {
    throw new ImageError(
      'too-large',
      `The picture has ${width} x ${height} pixels; one side may be ${MAX_PROPORTION} times as long as the other at most, or ${LONG_SIDE_PIXELS} pixels`,
    );
  }
  if (unpackedBytes > MAX_UNPACKED_BYTES) {
    throw new ImageError(
      'too-large',
      `The picture of ${width} x ${height} pixels unpacks to ${Math.ceil(unpackedBytes / 1e6)} MB; ` +
        `send at most ${MAX_UNPACKED_BYTES / 1e6} MB, that is fewer pixels, or a JPEG that is not progressive`,
    );
  }
  const photographs = workNs / PHOTOGRAPH_NS;
  if (photographs > MAX_PHOTOGRAPHS) {
    throw new ImageError(
      'too-large',
      `The picture of ${width} x ${height} pixels takes as long to decode as ${photographs.toFixed(1)} photographs of 12 megapixels, ` +
        `and at most ${MAX_PHOTOGRAPHS} are allowed; send it with fewer pixels, or as a JPEG that is not progressive`,
    );
  }
}
