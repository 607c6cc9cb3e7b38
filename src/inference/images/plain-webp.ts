import {
  brokenPicture,
  chunkName,
  countPieces,
  MAX_PROFILE_BYTES,
  orientationOnly,
  type PlainPicture,
  viewOf,
} from '../../shared/picture-bytes.js';

const RIFF_HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
/** Name, length and data of the chunk of an extended picture that tells the size and what else there is. */
const VP8X_BYTES = 10;
const VP8_HEAD_BYTES = 10;
const VP8L_HEAD_BYTES = 5;
const SIDE_BITS = 14;
const SIDE_MASK = 2 ** SIDE_BITS - 1;
const FLAGS = { profile: 0x20, alpha: 0x10, exif: 0x08, xmp: 0x04, animation: 0x02 };

/** What decoding takes a byte of a chunk, and a pixel. A profile is applied to each pixel. */
const WORK_NS: Readonly<Record<string, { readonly byte: number; readonly pixel: number }>> = {
  'VP8 ': { byte: 70, pixel: 2 },
  VP8L: { byte: 8, pixel: 5 },
  ALPH: { byte: 8, pixel: 5 },
  ANMF: { byte: 70, pixel: 5 },
  ICCP: { byte: 0, pixel: 10 },
};

interface Chunk {
  readonly name: string;
  readonly data: Uint8Array;
}

interface Extent {
  readonly widthPixels: number;
  readonly heightPixels: number;
  readonly bytesPerPixel: number;
}

/** Leaves out of a WebP picture whatever is no pixel, colour profile or orientation, and further frames. @throws ImageError */
export function plainWebp(bytes: Uint8Array): PlainPicture {
  const kept = keptChunks(bytes);
  const extents = kept.map(extentOf).filter((extent) => extent !== undefined);
  if (extents.length === 0) throw brokenPicture('it has no size');
  const largest = (key: keyof Extent): number => Math.max(...extents.map((extent) => extent[key]));
  const [widthPixels, heightPixels] = [largest('widthPixels'), largest('heightPixels')];
  return {
    bytes: writeRiff(kept.map((chunk) => (chunk.name === 'VP8X' ? withFlagsOf(chunk, kept) : chunk))),
    widthPixels,
    heightPixels,
    unpackedBytes: widthPixels * heightPixels * largest('bytesPerPixel'),
    workNs: kept.reduce((total, chunk) => total + workOf(chunk, widthPixels * heightPixels), 0),
    isOpenEnded: false,
  };
}

/** The first chunk of each kind that is kept. */
function keptChunks(bytes: Uint8Array): Chunk[] {
  const view = viewOf(bytes);
  if (bytes.length < RIFF_HEAD_BYTES) throw brokenPicture('it ends after its first bytes');
  const end = CHUNK_HEAD_BYTES + view.getUint32(4, true);
  if (end > bytes.length) throw brokenPicture('it is cut off');
  const kept = new Map<string, Chunk>();
  let pieces = 0;
  for (let at = RIFF_HEAD_BYTES; at + CHUNK_HEAD_BYTES <= end; ) {
    const name = chunkName(bytes, at);
    const size = view.getUint32(at + 4, true);
    const dataAt = at + CHUNK_HEAD_BYTES;
    at = dataAt + size + (size % 2);
    if (dataAt + size > end) throw brokenPicture('it is cut off');
    pieces = countPieces(pieces);
    if (kept.has(name)) continue;
    const data = plainData(name, bytes.subarray(dataAt, dataAt + size));
    if (data !== undefined) kept.set(name, { name, data });
  }
  return [...kept.values()];
}

/** What is kept of a chunk; `undefined`: nothing. */
function plainData(name: string, data: Uint8Array): Uint8Array | undefined {
  switch (name) {
    case 'VP8X':
    case 'VP8 ':
    case 'VP8L':
    case 'ALPH':
    case 'ANIM':
    case 'ANMF':
      return data;
    case 'ICCP':
      return data.length <= MAX_PROFILE_BYTES ? data : undefined;
    case 'EXIF':
      return orientationOnly(data);
    default:
      return undefined;
  }
}

function extentOf({ name, data }: Chunk): Extent | undefined {
  const view = viewOf(data);
  if (name === 'VP8X' && data.length >= VP8X_BYTES) {
    const hasAlpha = (view.getUint8(0) & (FLAGS.alpha | FLAGS.animation)) !== 0;
    return {
      widthPixels: 1 + uint24(data, 4),
      heightPixels: 1 + uint24(data, 7),
      bytesPerPixel: hasAlpha ? 4 : 3,
    };
  }
  if (name === 'VP8 ' && data.length >= VP8_HEAD_BYTES) {
    const side = (at: number): number => view.getUint16(at, true) & SIDE_MASK;
    return { widthPixels: side(6), heightPixels: side(8), bytesPerPixel: 3 };
  }
  if (name === 'VP8L' && data.length >= VP8L_HEAD_BYTES) {
    const bits = view.getUint32(1, true);
    const side = (shift: number): number => ((bits >>> shift) & SIDE_MASK) + 1;
    return { widthPixels: side(0), heightPixels: side(SIDE_BITS), bytesPerPixel: 4 };
  }
  return undefined;
}

function workOf({ name, data }: Chunk, pixels: number): number {
  const { byte, pixel } = WORK_NS[name] ?? { byte: 0, pixel: 0 };
  return data.length * byte + pixels * pixel;
}

function uint24(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
}

/** The head of an extended picture names the chunks that there are. */
function withFlagsOf({ name, data }: Chunk, kept: readonly Chunk[]): Chunk {
  const has = (chunk: string, flag: number): number => (kept.some((each) => each.name === chunk) ? flag : 0);
  const changed = Uint8Array.from(data);
  const others = (data[0] ?? 0) & ~(FLAGS.profile | FLAGS.exif | FLAGS.xmp);
  changed[0] = others | has('ICCP', FLAGS.profile) | has('EXIF', FLAGS.exif);
  return { name, data: changed };
}

function writeRiff(chunks: readonly Chunk[]): Buffer {
  const body = chunks.flatMap(({ name, data }) => {
    const head = Buffer.from(`${name}\0\0\0\0`, 'latin1');
    head.writeUInt32LE(data.length, 4);
    return [head, data, Buffer.alloc(data.length % 2)];
  });
  const picture = Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBP', 'latin1'), ...body]);
  picture.writeUInt32LE(picture.length - CHUNK_HEAD_BYTES, 4);
  return picture;
}
