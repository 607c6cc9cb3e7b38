import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { plain, pngChunk, RED } from './pictures.js';

/** Bytes between a picture's signature and its header chunk. */
const PNG_HEADER_END = 33;

/** A small PNG with further chunks after its header. */
export async function pngWith(chunks: readonly Uint8Array[]): Promise<Buffer> {
  const png = await plain(RED).png().toBuffer();
  return Buffer.concat([png.subarray(0, PNG_HEADER_END), ...chunks, png.subarray(PNG_HEADER_END)]);
}

/** A compressed text, profile or international text that unpacks to so many bytes. */
export function compressedChunk(name: 'zTXt' | 'iTXt' | 'iCCP', unpackedBytes: number): Buffer {
  const head = { zTXt: 'k\0\0', iTXt: 'k\0\u0001\0\0\0', iCCP: 'k\0\0' }[name];
  const data = deflateSync(Buffer.alloc(unpackedBytes, 'A'), { level: 9 });
  return pngChunk(name, Buffer.concat([Buffer.from(head, 'latin1'), data]));
}

/** A PNG that claims a size and a depth, with rows of nothing, woven together in seven passes or not. */
export function emptyPng(
  widthPixels: number,
  heightPixels: number,
  { depth = 8, colourType = 2, interlaced = false } = {},
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(widthPixels, 0);
  header.writeUInt32BE(heightPixels, 4);
  header.set([depth, colourType, 0, 0, interlaced ? 1 : 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(Buffer.alloc(10_000));
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', data),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A segment of a JPEG picture. */
export function jpegSegment(mark: number, data: Uint8Array): Buffer {
  const head = Buffer.from([0xff, mark, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

/** A JPEG with further segments after its first bytes. */
export function jpegWith(jpeg: Uint8Array, segments: readonly Uint8Array[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

/** EXIF data whose every entry points to the same bytes. */
export function overlappingExif(entries: number): Buffer {
  const exif = Buffer.alloc(65_000, 0x41);
  exif.write('Exif\0\0MM\0*\0\0\0\u0008', 'latin1');
  exif.writeUInt16BE(entries, 14);
  for (let index = 0; index < entries; index++) {
    const at = 16 + index * 12;
    exif.writeUInt16BE(0x010f, at);
    exif.writeUInt16BE(2, at + 2);
    exif.writeUInt32BE(60_000, at + 4);
    exif.writeUInt32BE(1000, at + 8);
  }
  return exif;
}

/** A JPEG that claims another size than it has: what it unpacks to is known from its header. */
export function jpegClaiming(jpeg: Buffer, widthPixels: number, heightPixels: number): Buffer {
  const frame = [0xc0, 0xc2].map((mark) => jpeg.indexOf(Buffer.from([0xff, mark]))).find((at) => at > 0) ?? 0;
  const claiming = Buffer.from(jpeg);
  claiming.writeUInt16BE(heightPixels, frame + 5);
  claiming.writeUInt16BE(widthPixels, frame + 7);
  return claiming;
}

/** A progressive JPEG, flat, whose last scan comes so many times more. */
export async function scanBomb(widthPixels: number, heightPixels: number, times: number): Promise<Buffer> {
  const jpeg = await sharp({
    create: { width: widthPixels, height: heightPixels, channels: 3, background: RED },
  })
    .jpeg({ progressive: true, chromaSubsampling: '4:4:4' })
    .toBuffer();
  const lastScan = jpeg.subarray(jpeg.lastIndexOf(Buffer.from([0xff, 0xda])), jpeg.length - 2);
  return Buffer.concat([
    jpeg.subarray(0, jpeg.length - 2),
    ...Array.from({ length: times }, () => lastScan),
    jpeg.subarray(jpeg.length - 2),
  ]);
}

/** A chunk of a WebP picture. */
export function webpChunk(name: string, data: Uint8Array): Buffer {
  const head = Buffer.from(`${name}\0\0\0\0`, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

/** A WebP with further chunks at its end. */
export function webpWith(webp: Uint8Array, chunks: readonly Uint8Array[]): Buffer {
  const all = Buffer.concat([webp, ...chunks]);
  all.writeUInt32LE(all.length - 8, 4);
  return all;
}
