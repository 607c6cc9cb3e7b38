import { crc32, inflateSync } from 'node:zlib';
import {
  brokenPicture,
  chunkName,
  countPieces,
  MAX_PROFILE_BYTES,
  orientationOnly,
  type PlainPicture,
  viewOf,
} from '../../shared/picture-bytes.js';

const SIGNATURE_BYTES = 8;
/** Length and name before the data of a chunk, checksum after them. */
const HEAD_BYTES = 8;
const FRAME_BYTES = HEAD_BYTES + 4;
const HEADER_BYTES = 13;
const KEPT: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);
/** Samples a pixel, by colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** What decoding takes a byte of the file, an unpacked byte, one that is woven from seven passes, and a pixel whose colours are converted. */
const WORK_NS = { byte: 4, unpackedByte: 1.5, wovenByte: 8, deepPixel: 15, profilePixel: 10 } as const;

interface Header extends Pick<PlainPicture, 'widthPixels' | 'heightPixels'> {
  readonly bytesPerPixel: number;
  readonly isDeep: boolean;
  readonly isInterlaced: boolean;
}

/** Leaves out of a PNG picture whatever is no pixel, colour profile or orientation. @throws ImageError */
export function plainPng(bytes: Uint8Array): PlainPicture {
  const header = readHeader(bytes);
  const kept: Uint8Array[] = [bytes.subarray(0, SIGNATURE_BYTES)];
  let hasProfile = false;
  let hasOrientation = false;
  let pieces = 0;
  const view = viewOf(bytes);
  for (let at = SIGNATURE_BYTES; at + FRAME_BYTES <= bytes.length; ) {
    const name = chunkName(bytes, at + 4);
    const end = at + FRAME_BYTES + view.getUint32(at);
    if (end > bytes.length) throw brokenPicture('it is cut off');
    pieces = countPieces(pieces);
    const data = bytes.subarray(at + HEAD_BYTES, end - 4);
    if (KEPT.has(name)) {
      kept.push(bytes.subarray(at, end));
    } else if (name === 'iCCP' && !hasProfile && isSmallProfile(data)) {
      hasProfile = true;
      kept.push(bytes.subarray(at, end));
    } else if (name === 'eXIf' && !hasOrientation) {
      const exif = orientationOnly(data);
      hasOrientation = exif !== undefined;
      if (exif !== undefined) kept.push(pngChunk('eXIf', exif));
    }
    if (name === 'IEND') break;
    at = end;
  }
  return plainOf(Buffer.concat(kept), header, hasProfile);
}

function plainOf(bytes: Buffer, header: Header, hasProfile: boolean): PlainPicture {
  const { widthPixels, heightPixels, bytesPerPixel, isDeep, isInterlaced } = header;
  const pixels = widthPixels * heightPixels;
  const rowBytes = pixels * bytesPerPixel;
  const colourNs = (isDeep ? WORK_NS.deepPixel : 0) + (hasProfile ? WORK_NS.profilePixel : 0);
  const byteNs = WORK_NS.unpackedByte + (isInterlaced ? WORK_NS.wovenByte : 0);
  return {
    bytes,
    widthPixels,
    heightPixels,
    isOpenEnded: false,
    // What is interlaced is held as a whole and gone through seven times.
    unpackedBytes: rowBytes * (isInterlaced ? 2 : 1),
    workNs: bytes.length * WORK_NS.byte + rowBytes * byteNs + pixels * colourNs,
  };
}

function readHeader(bytes: Uint8Array): Header {
  const at = SIGNATURE_BYTES + HEAD_BYTES;
  if (bytes.length < at + HEADER_BYTES || chunkName(bytes, SIGNATURE_BYTES + 4) !== 'IHDR') {
    throw brokenPicture('it does not begin with its size');
  }
  const view = viewOf(bytes);
  const [depth, colourType] = [view.getUint8(at + 8), view.getUint8(at + 9)];
  const bitsPerPixel = depth * (SAMPLES[colourType] ?? 4);
  return {
    widthPixels: view.getUint32(at),
    heightPixels: view.getUint32(at + 4),
    // A palette and samples of less than a byte become bytes.
    bytesPerPixel: colourType === 3 ? 3 : Math.max(1, bitsPerPixel / 8),
    isDeep: depth > 8,
    isInterlaced: view.getUint8(at + 12) !== 0,
  };
}

/** A profile is compressed; it is unpacked as far as it may be large. */
function isSmallProfile(data: Uint8Array): boolean {
  const nameEnd = data.indexOf(0);
  if (nameEnd < 0) return false;
  try {
    inflateSync(data.subarray(nameEnd + 2), { maxOutputLength: MAX_PROFILE_BYTES });
    return true;
  } catch {
    return false;
  }
}

function pngChunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const chunk = Buffer.alloc(FRAME_BYTES + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.set(body, 4);
  chunk.writeUInt32BE(crc32(body), chunk.length - 4);
  return chunk;
}
