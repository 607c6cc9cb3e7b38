import { GatewayError } from './errors.js';

/**
 * Why a picture cannot be used.
 *
 * - `format`: it is no JPEG, PNG or WebP image
 * - `damaged`: it is truncated or broken
 * - `too-small`: there is nothing to see on it
 * - `too-large`: more pixels than will be decoded
 */
const IMAGE_REFUSALS = ['format', 'damaged', 'too-small', 'too-large'] as const;
export type ImageRefusal = (typeof IMAGE_REFUSALS)[number];

/** A picture that cannot be used; trying it again changes nothing. */
export class ImageError extends GatewayError {
  readonly refusal: ImageRefusal;

  constructor(refusal: ImageRefusal, message: string, options: { readonly cause?: unknown } = {}) {
    super('IMAGE_REFUSED', message, options);
    this.refusal = refusal;
  }
}

/**
 * Largest colour profile that is kept. Those of cameras, phones and screens have 0.5 to 4 kB; a large one may hold tables that
 * take seconds to apply.
 */
export const MAX_PROFILE_BYTES = 16_384;

const ORIENTATION_TAG = 0x0112;
const SHORT_TYPE = 3;
const ENTRY_BYTES = 12;
const TIFF_HEADER_BYTES = 8;
const MAX_ORIENTATION = 8;
const EXIF_PREFIX = Buffer.from('Exif\0\0', 'latin1');

/** Segments or chunks of one picture; the smallest hold nothing, and millions of them fit into a small file. */
const MAX_PIECES = 20_000;

/**
 * A picture with nothing in it but what its pixels need: sizes, tables, data, a small colour profile, which way is up. All else
 * (texts, thumbnails, further frames, large profiles) is left out unread, since it may unpack to gigabytes.
 */
export interface PlainPicture {
  readonly bytes: Uint8Array;
  readonly widthPixels: number;
  readonly heightPixels: number;
  /** What a decoder has to unpack in full before it can scale; 0 for a JPEG of one scan, which is scaled as it is read. */
  readonly unpackedBytes: number;
  /** Processor time that decoding takes, nanoseconds: an estimate from measured weights, to compare pictures by. */
  readonly workNs: number;
  /** The mark of its end is missing; with it, data may be. */
  readonly isOpenEnded: boolean;
}

/** First bytes of the formats that can be read; -1 stands for any byte. */
const SIGNATURES = {
  jpeg: [0xff, 0xd8, 0xff],
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  webp: [0x52, 0x49, 0x46, 0x46, -1, -1, -1, -1, 0x57, 0x45, 0x42, 0x50],
} as const;
type PictureKind = keyof typeof SIGNATURES;
const KINDS: readonly PictureKind[] = ['jpeg', 'png', 'webp'];

/** What the first bytes say a picture is; `undefined` for anything else. */
export function pictureKind(bytes: Uint8Array): PictureKind | undefined {
  return KINDS.find((kind) => SIGNATURES[kind].every((byte, at) => byte === -1 || byte === bytes[at]));
}

/** The picture is cut off or contradicts itself. */
export function brokenPicture(words: string, cause?: unknown): ImageError {
  return new ImageError('damaged', `The picture is damaged: ${words}`, { cause });
}

/** @returns one more than there were @throws ImageError when there are too many */
export function countPieces(count: number): number {
  if (count < MAX_PIECES) return count + 1;
  throw brokenPicture(`it has more than ${MAX_PIECES} pieces`);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Four characters that name a chunk of a PNG or WebP picture. */
export function chunkName(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.subarray(at, at + 4)).toString('latin1');
}

/** Whether a segment or chunk begins with a text. */
export function startsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.subarray(0, text.length)).toString('latin1') === text;
}

/**
 * EXIF data with nothing but the orientation of others, 1 to 8; `undefined` where they tell none. Entries of EXIF data may point
 * to the same bytes a thousand times, so that libraries which read them all take gigabytes.
 */
export function orientationOnly(exif: Uint8Array): Buffer | undefined {
  const tiff = startsWith(exif, 'Exif\0\0') ? exif.subarray(EXIF_PREFIX.length) : exif;
  const orientation = readOrientation(tiff);
  if (orientation === undefined) return undefined;
  const written = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  written.writeUInt16BE(orientation, TIFF_HEADER_BYTES + 2 + 8);
  return written;
}

function readOrientation(tiff: Uint8Array): number | undefined {
  const isLittleEndian = startsWith(tiff, 'II');
  if (tiff.length < TIFF_HEADER_BYTES || !(isLittleEndian || startsWith(tiff, 'MM'))) return undefined;
  const view = viewOf(tiff);
  const directoryAt = view.getUint32(4, isLittleEndian);
  if (directoryAt + 2 > tiff.length) return undefined;
  const count = view.getUint16(directoryAt, isLittleEndian);
  for (let index = 0; index < count; index++) {
    const at = directoryAt + 2 + index * ENTRY_BYTES;
    if (at + ENTRY_BYTES > tiff.length) return undefined;
    if (view.getUint16(at, isLittleEndian) !== ORIENTATION_TAG) continue;
    const isShort = view.getUint16(at + 2, isLittleEndian) === SHORT_TYPE;
    const value = view.getUint16(at + 8, isLittleEndian);
    return isShort && value >= 1 && value <= MAX_ORIENTATION ? value : undefined;
  }
  return undefined;
}
