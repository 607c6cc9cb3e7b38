import sharp from 'sharp';
import { messageOf } from '../../shared/errors.js';
import { brokenPicture, type PlainPicture } from '../../shared/picture-bytes.js';
import type { ImageManifest } from '../models/manifest.js';
import { MAX_PIXELS, toPlainPicture } from './plain-picture.js';
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
