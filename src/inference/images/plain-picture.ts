import { ImageError } from '../../shared/image-error.js';
import { type PlainPicture, pictureKind } from '../../shared/picture-bytes.js';
import { plainJpeg } from './plain-jpeg.js';
import { plainPng } from './plain-png.js';
import { plainWebp } from './plain-webp.js';

/** Pixels a picture may have: those of a 50-megapixel phone camera. What is beyond takes memory and adds nothing. */
export const MAX_PIXELS = 52_000_000;
/** Pixels along a side below which there is nothing to recognise. */
export const MIN_SIDE_PIXELS = 16;
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
