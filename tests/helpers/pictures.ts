import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

export type Colour = { readonly r: number; readonly g: number; readonly b: number };

export const RED: Colour = { r: 220, g: 20, b: 20 };
export const GREEN: Colour = { r: 20, g: 200, b: 20 };
export const BLUE: Colour = { r: 20, g: 20, b: 220 };

/** A picture of one colour, to be encoded by the caller. */
export function plain(colour: Colour, width = 64, height = 48): Sharp {
  return sharp({ create: { width, height, channels: 3, background: colour } });
}

/** A JPEG of one colour. */
export async function jpegOf(colour: Colour, width = 64, height = 48): Promise<Buffer> {
  return await plain(colour, width, height).jpeg().toBuffer();
}

/** A picture whose left half has one colour and whose right half another. */
export async function halves(left: Colour, right: Colour, width = 64, height = 48): Promise<Sharp> {
  const half = await plain(left, width / 2, height)
    .png()
    .toBuffer();
  // What is composed is encoded first: sharp turns before it composes, in whatever order it is asked to.
  return sharp(
    await plain(right, width, height)
      .composite([{ input: half, left: 0, top: 0 }])
      .png()
      .toBuffer(),
  );
}

/** A PNG of 1-bit black pixels: a few kilobytes, whatever its size. */
export function pngBomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = Buffer.alloc((Math.ceil(width / 8) + 1) * height);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A chunk of a PNG picture, with its checksum. */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
