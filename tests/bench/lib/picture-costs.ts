import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { decodeImage } from '../../../src/inference/images/decode-image.js';
import { messageOf } from '../../../src/shared/errors.js';
import {
  compressedChunk,
  emptyPng,
  jpegSegment,
  jpegWith,
  overlappingExif,
  pngWith,
  scanBomb,
  webpChunk,
  webpWith,
} from '../../helpers/costly-pictures.js';

/** `make FOLDER` writes the pictures, `measure FILE` decodes one and prints what it cost. */

const SIZE = { widthPixels: 224, heightPixels: 224, resize: 'crop' } as const;
const MB = 1e6;
const MEBIBYTE = 2 ** 20;
/** Of the whole file. */
const MOST_BYTES = 10 * MB;
const RUNS = 4;

const flat = (width: number, height: number): Sharp =>
  sharp({ create: { width, height, channels: 3, background: 'grey' } });

/** Grain enlarged four times compresses about as photographs do. */
async function photograph(width: number, height: number): Promise<Sharp> {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const small = { width: width / 4, height: height / 4, channels: 3, background: 'grey', noise } as const;
  return sharp(await sharp({ create: small }).png().toBuffer()).resize(width, height, { fit: 'fill' });
}

/** An ordinary photograph, and of each kind the most expensive that is taken or what is just beyond. */
async function pictures(): Promise<Record<string, Buffer>> {
  const ordinary = await (await photograph(4000, 3000)).jpeg({ quality: 92 }).toBuffer();
  const camera = (): Sharp => sharp(ordinary);
  const large = await (await photograph(8000, 6400)).jpeg({ quality: 50 }).toBuffer();
  const exif = jpegSegment(0xe1, overlappingExif(5000));
  return {
    '12-megapixels.jpg': ordinary,
    '12-megapixels-without-end.jpg': ordinary.subarray(0, -2),
    '12-megapixels-progressive.jpg': await camera().jpeg({ progressive: true }).toBuffer(),
    '6-megapixels-444-progressive.jpg': await camera()
      .resize(2900, 2200)
      .jpeg({ progressive: true, chromaSubsampling: '4:4:4' })
      .toBuffer(),
    '12-megapixels-444-progressive.jpg': await camera()
      .jpeg({ progressive: true, chromaSubsampling: '4:4:4' })
      .toBuffer(),
    '10-megapixels-cmyk.jpg': await flat(3700, 2800).toColourspace('cmyk').jpeg().toBuffer(),
    '12-megapixels.webp': await camera().webp({ effort: 1 }).toBuffer(),
    '6-megapixels.webp': await camera().resize(2900, 2175).webp({ effort: 1, quality: 75 }).toBuffer(),
    '50-megapixels.jpg': large,
    '50-megapixels-without-end.jpg': large.subarray(0, -2),
    'text-of-400-MB.png': await pngWith(Array.from({ length: 20 }, () => compressedChunk('zTXt', 20 * MB))),
    'profile-of-200-MB.png': await pngWith([compressedChunk('iCCP', 200 * MB)]),
    '26-megapixels.png': await flat(6400, 4100).png().toBuffer(),
    '20-megapixels-transparent.png': await flat(5200, 3800).ensureAlpha(0.5).png().toBuffer(),
    '9-megapixels-profile.png': await flat(3500, 2700).withIccProfile('p3').png().toBuffer(),
    '5-megapixels-of-16-bits.png': await flat(2650, 2000).toColourspace('rgb16').png().toBuffer(),
    '5-megapixels-interlaced.png': await flat(2550, 1900).png({ progressive: true }).toBuffer(),
    '13-megapixels-interlaced.png': await flat(4200, 3100).png({ progressive: true }).toBuffer(),
    '16000-x-1600.png': await flat(16_000, 1600).png().toBuffer(),
    '60000-x-800.jpg': await flat(60_000, 800).jpeg().toBuffer(),
    '52-megapixels-of-16-bits.png': emptyPng(8000, 6500, { depth: 16, colourType: 6, interlaced: true }),
    'exif-of-10-MB.jpg': jpegWith(
      ordinary,
      Array.from({ length: 75 }, () => exif),
    ),
    'million-segments.jpg': jpegWith(
      ordinary,
      Array.from({ length: 1_000_000 }, () => jpegSegment(0xfe, Buffer.alloc(0))),
    ),
    '25-megapixels-progressive.jpg': await flat(5760, 4320).jpeg({ progressive: true }).toBuffer(),
    'a-hundred-scans.jpg': await scanBomb(3000, 3000, 100),
    '26-megapixels.webp': await flat(6400, 4100).webp({ effort: 0 }).toBuffer(),
    '3-megapixels-lossless.webp': await camera()
      .resize(2100, 1575)
      .webp({ lossless: true, effort: 0 })
      .toBuffer(),
    '20-megapixels-lossless.webp': await flat(5200, 3800).webp({ lossless: true, effort: 0 }).toBuffer(),
    'exif-of-5-MB.webp': webpWith(await camera().resize(2000).webp({ effort: 1 }).toBuffer(), [
      webpChunk('EXIF', Buffer.alloc(5 * MB)),
    ]),
  };
}

async function make(folder: string): Promise<void> {
  for (const [name, bytes] of Object.entries(await pictures())) {
    if (bytes.length <= MOST_BYTES) writeFileSync(join(folder, name), bytes);
    else process.stderr.write(`${name} is left out: ${bytes.length} bytes\n`);
  }
}

async function measure(path: string): Promise<void> {
  // What the libraries take once is no cost of the picture.
  await decodeImage(await flat(64, 64).jpeg().toBuffer(), SIZE);
  const bytes = readFileSync(path);
  const before = process.memoryUsage.rss() / MEBIBYTE;
  forgetPeak();
  let [cpuMs, outcome] = [Number.POSITIVE_INFINITY, ''];
  // The least of some: a gateway has its memory already, and others use the machine as well.
  for (let run = 0; run < RUNS; run++) {
    const began = process.cpuUsage();
    outcome = await decodeImage(bytes, SIZE).then(() => 'decoded', messageOf);
    const { user, system } = process.cpuUsage(began);
    cpuMs = Math.min(cpuMs, Math.round((user + system) / 1000));
  }
  const memoryMb = Math.round(peakMb() - before);
  process.stdout.write(JSON.stringify({ cpuMs, memoryMb, outcome }));
}

/** What starting took is more than some pictures take, and would hide it. */
function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

function peakMb(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

const [task, path = ''] = process.argv.slice(2);
await (task === 'make' ? make(path) : measure(path));
