import fc from 'fast-check';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  decodeImage,
  type TargetSize,
  toPlainPicture,
} from '../../../../src/inference/images/decode-image.js';
import type { RgbImage } from '../../../../src/inference/images/rgb-image.js';
import { ImageError } from '../../../../src/shared/picture-bytes.js';
import {
  compressedChunk,
  emptyPng,
  jpegClaiming,
  jpegSegment,
  jpegWith,
  overlappingExif,
  pngWith,
  scanBomb,
  webpChunk,
  webpWith,
} from '../../../helpers/costly-pictures.js';
import {
  BLUE,
  type Colour,
  GREEN,
  halves,
  jpegOf,
  plain,
  pngBomb,
  pngChunk,
  RED,
} from '../../../helpers/pictures.js';

const SIZE: TargetSize = { widthPixels: 8, heightPixels: 6, resize: 'stretch' };

/** The name of the colour at a pixel; `white` where all channels are high. */
function colourAt({ data, widthPixels }: RgbImage, x: number, y: number): string {
  const at = (y * widthPixels + x) * 3;
  const bits = [...data.subarray(at, at + 3)].map((value) => (value > 127 ? 1 : 0)).join('');
  return { '100': 'red', '010': 'green', '001': 'blue', '111': 'white', '000': 'black' }[bits] ?? bits;
}

async function cornersOf(bytes: Uint8Array, size = SIZE): Promise<string[]> {
  const image = await decodeImage(bytes, size);
  const [right, bottom] = [size.widthPixels - 1, size.heightPixels - 1];
  return [
    colourAt(image, 0, 0),
    colourAt(image, right, 0),
    colourAt(image, 0, bottom),
    colourAt(image, right, bottom),
  ];
}

function of(colour: string): string[] {
  return [colour, colour, colour, colour];
}

describe(decodeImage, () => {
  it.each(['jpeg', 'png', 'webp'] as const)('reads %s to the size wanted', async (format) => {
    const image = await decodeImage(await plain(RED).toFormat(format).toBuffer(), SIZE);
    expect(image).toMatchObject({ widthPixels: 8, heightPixels: 6 });
    expect(image.data).toHaveLength(8 * 6 * 3);
    expect(colourAt(image, 4, 3)).toBe('red');
  });

  it('turns a picture the way its EXIF orientation says', async () => {
    const picture = await halves(RED, BLUE);
    const sideways = await picture.withMetadata({ orientation: 6 }).jpeg().toBuffer();
    // Orientation 6: to be turned clockwise by a quarter, so left becomes top.
    expect(await cornersOf(sideways)).toEqual(['red', 'red', 'blue', 'blue']);
  });

  it('puts what is transparent on white', async () => {
    const clear = sharp({ create: { width: 32, height: 32, channels: 4, background: { ...RED, alpha: 0 } } });
    expect(await cornersOf(await clear.png().toBuffer())).toEqual(of('white'));
  });

  it('takes the first picture of an animation', async () => {
    const frames = await Promise.all([GREEN, RED].map((colour) => plain(colour).png().toBuffer()));
    const animated = await sharp(frames, { join: { animated: true } })
      .webp({ loop: 0 })
      .toBuffer();
    expect((await sharp(animated).metadata()).pages).toBe(2);
    expect(await cornersOf(animated)).toEqual(of('green'));
  });

  it('converts CMYK', async () => {
    const cmyk = await plain(RED).toColourspace('cmyk').jpeg().toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    expect(await cornersOf(cmyk)).toEqual(of('red'));
  });

  it('converts 16 bits', async () => {
    const deep = await plain(BLUE).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect(await cornersOf(deep)).toEqual(of('blue'));
  });

  it.each(['jpeg', 'png'] as const)('makes three channels of a grey %s', async (format) => {
    const grey = await plain({ r: 255, g: 255, b: 255 }).toColourspace('b-w').toFormat(format).toBuffer();
    expect(await cornersOf(grey)).toEqual(of('white'));
  });

  it.each<[TargetSize['resize'], string, string]>([
    ['stretch', 'red', 'blue'],
    ['crop', 'red', 'blue'],
    ['pad', 'white', 'white'],
  ])('fits a flat picture by %s', async (resize, left, right) => {
    const flat = await (await halves(RED, BLUE, 120, 20)).png().toBuffer();
    expect(await cornersOf(flat, { widthPixels: 16, heightPixels: 16, resize })).toEqual([
      left,
      right,
      left,
      right,
    ]);
  });

  it('keeps proportions when it crops, and changes them when it stretches', async () => {
    const ends = sharp({ create: { width: 200, height: 40, channels: 3, background: GREEN } });
    const edge = await plain(RED, 50, 40).png().toBuffer();
    const flat = await ends
      .composite([{ input: edge, left: 0, top: 0 }])
      .png()
      .toBuffer();
    const square = { widthPixels: 16, heightPixels: 16 };
    expect((await cornersOf(flat, { ...square, resize: 'stretch' }))[0]).toBe('red');
    expect((await cornersOf(flat, { ...square, resize: 'crop' }))[0]).toBe('green');
  });

  it.each<[string, () => Promise<Uint8Array> | Uint8Array, string]>([
    ['nothing', () => new Uint8Array(), 'format'],
    ['a text', () => Buffer.from('this is no picture, however long it may be'), 'format'],
    ['a JPEG signature and nothing more', () => Uint8Array.of(0xff, 0xd8, 0xff), 'damaged'],
    ['a GIF', () => plain(RED).gif().toBuffer(), 'format'],
    ['a TIFF', () => plain(RED).tiff().toBuffer(), 'format'],
    [
      'an SVG',
      () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>'),
      'format',
    ],
    ['half a JPEG', () => noise('jpeg', 0.5), 'damaged'],
    ['half a PNG', () => noise('png', 0.5), 'damaged'],
    ['half a WebP', () => noise('webp', 0.5), 'damaged'],
    ['one pixel', () => jpegOf(RED, 1, 1), 'too-small'],
    ['a line', () => jpegOf(RED, 400, 15), 'too-small'],
    ['100 megapixels in a few kilobytes', () => pngBomb(10_000, 10_000), 'too-large'],
  ])('refuses %s', async (_, make, refusal) => {
    const bytes = await make();
    await expect(decodeImage(bytes, SIZE)).rejects.toMatchObject({ code: 'IMAGE_REFUSED', refusal });
  });

  it('says what size would be taken', async () => {
    await expect(decodeImage(await jpegOf(RED, 1, 1), SIZE)).rejects.toThrow('at least 16 x 16');
    await expect(decodeImage(pngBomb(10_000, 10_000), SIZE)).rejects.toThrow('at most 52 million');
  });
});

/** The first `share` of the bytes of a picture that does not compress. */
async function noise(format: 'jpeg' | 'png' | 'webp', share: number): Promise<Uint8Array> {
  const grain = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const background: Colour = GREEN;
  const picture = sharp({ create: { width: 128, height: 128, channels: 3, background, noise: grain } });
  const bytes = await picture.toFormat(format).toBuffer();
  return bytes.subarray(0, Math.floor(bytes.length * share));
}

describe('plain picture', () => {
  const SIZE = { widthPixels: 16, heightPixels: 12, resize: 'stretch' } as const;

  const MEBIBYTE = 2 ** 20;

  const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

  const pixelsOf = async (bytes: Uint8Array): Promise<Uint8Array> => (await decodeImage(bytes, SIZE)).data;

  describe('what a picture needs', () => {
    it.each<[string, (picture: Sharp) => Sharp]>([
      ['jpeg', (picture) => picture.jpeg()],
      ['progressive jpeg', (picture) => picture.jpeg({ progressive: true, mozjpeg: true })],
      ['png', (picture) => picture.png()],
      ['interlaced png', (picture) => picture.png({ progressive: true })],
      ['palette png', (picture) => picture.png({ palette: true })],
      ['webp', (picture) => picture.webp()],
      ['lossless webp', (picture) => picture.webp({ lossless: true })],
    ])('of a %s stays as it is: pixels, colour profile and which way is up', async (_, encode) => {
      const picture = (await halves(RED, BLUE)).withIccProfile('p3').withMetadata({ orientation: 6 });
      const bytes = await encode(picture).toBuffer();
      const { bytes: left } = toPlainPicture(bytes);
      const [before, after] = await Promise.all([sharp(bytes).metadata(), sharp(left).metadata()]);
      expect(after).toMatchObject({ width: before.width, height: before.height, orientation: 6 });
      expect(after.icc).toEqual(before.icc);
      const decode = (each: Uint8Array) => sharp(each).autoOrient().toColourspace('srgb').raw().toBuffer();
      expect(await decode(left)).toEqual(await decode(bytes));
    });

    it('of an animation is its first frame', async () => {
      const frames = await Promise.all([GREEN, RED, BLUE].map((colour) => plain(colour).png().toBuffer()));
      const animated = await sharp(frames, { join: { animated: true } })
        .webp({ loop: 0 })
        .toBuffer();
      const { bytes } = toPlainPicture(animated);
      expect(textOf(bytes).match(/ANMF/g)).toHaveLength(1);
      expect(await pixelsOf(bytes)).toEqual(await pixelsOf(animated));
    });
  });

  describe('what a picture does not need is left out unread', () => {
    it.each(['zTXt', 'iTXt', 'iCCP'] as const)('%s of a PNG that unpacks to 200 MB', async (name) => {
      const bomb = await pngWith(Array<Buffer>(10).fill(compressedChunk(name, 20 * MEBIBYTE)));
      const { bytes } = toPlainPicture(bomb);
      expect(textOf(bytes)).not.toContain(name);
      expect(bytes.length).toBeLessThan(1000);
      expect(await pixelsOf(bomb)).toEqual(await pixelsOf(await plain(RED).png().toBuffer()));
    });

    it('frames of an animated PNG', async () => {
      const frame = pngChunk('fdAT', Buffer.alloc(MEBIBYTE));
      const { bytes } = toPlainPicture(await pngWith([pngChunk('acTL', Buffer.alloc(8)), frame, frame]));
      expect(bytes.length).toBeLessThan(1000);
    });

    it.each([0xe1, 0xe2, 0xed, 0xef, 0xfe])('segments %i of a JPEG', async (mark) => {
      const plainBytes = await jpegOf(RED);
      const exif = jpegSegment(mark, overlappingExif(5000));
      const profile = jpegSegment(0xe2, Buffer.from(`ICC_PROFILE\0\u0001\u0003${'x'.repeat(60_000)}`));
      const bomb = jpegWith(plainBytes, [...Array.from({ length: 100 }, () => exif), profile]);
      expect(toPlainPicture(bomb).bytes).toEqual(toPlainPicture(plainBytes).bytes);
      expect(await pixelsOf(bomb)).toEqual(await pixelsOf(plainBytes));
    });

    it('what follows the end of a JPEG', async () => {
      const jpeg = await jpegOf(RED);
      const { bytes } = toPlainPicture(Buffer.concat([jpeg, await jpegOf(BLUE, 2000, 2000)]));
      expect(bytes).toEqual(toPlainPicture(jpeg).bytes);
    });

    it.each(['EXIF', 'XMP ', 'ICCP', 'junk'])('%s of a WebP', async (name) => {
      const webp = await plain(RED).withMetadata({ orientation: 3 }).webp().toBuffer();
      const bomb = webpWith(webp, [
        webpChunk(name, Buffer.alloc(MEBIBYTE)),
        webpChunk('junk', Buffer.alloc(1)),
      ]);
      expect(toPlainPicture(bomb).bytes).toEqual(toPlainPicture(webp).bytes);
      expect(await pixelsOf(bomb)).toEqual(await pixelsOf(webp));
    });
  });

  it('takes a short picture that is narrow', async () => {
    const strip = await plain(RED, 400, 30).png().toBuffer();
    expect(toPlainPicture(strip)).toMatchObject({ widthPixels: 400, heightPixels: 30 });
  });

  describe('a picture that costs too much is refused before anything of it is unpacked', () => {
    it.each<[string, () => Promise<Uint8Array> | Uint8Array, RegExp]>([
      ['52 megapixels of three bytes', () => emptyPng(8000, 6500), /unpacks to 156 MB; send at most 80 MB/],
      [
        'a very wide one',
        () => emptyPng(16_010, 1600),
        /16010 x 1600 pixels; one side may be 10 times as long/,
      ],
      [
        'a very high JPEG',
        async () => jpegClaiming(await jpegOf(RED), 600, 60_000),
        /600 x 60000 pixels; one side/,
      ],
      [
        'interlaced 16 bits',
        () => emptyPng(4000, 3000, { depth: 16, colourType: 6, interlaced: true }),
        /192 MB/,
      ],
      [
        'a progressive JPEG',
        async () => jpegClaiming(await scanBomb(64, 64, 0), 6000, 5000),
        /unpacks to 180 MB/,
      ],
      ['many scans', () => scanBomb(64, 64, 100), /too many scans/],
      [
        'scans that go through too much',
        async () => jpegClaiming(await scanBomb(64, 64, 40), 3000, 3000),
        /as long to decode as 6\.6 photographs/,
      ],
      ['a large WebP', () => largeWebp(), /unpacks to 1[0-9]{2} MB/],
      ['a JPEG of 20 MB', async () => ended(await jpegOfBytes(20_000_000)), /decode as 3\.[0-9] photographs/],
      ['one of 10 MB without an end', async () => jpegOfBytes(10_000_000), /as 3\.[0-9] photographs/],
      ['a progressive JPEG in full colour', () => progressive(large()), /as 3\.[0-9] photographs/],
      [
        'inks of 12 megapixels',
        async () => jpegClaiming(await plain(RED).toColourspace('cmyk').jpeg().toBuffer(), 4000, 3000),
        /as 3\.[0-9] photographs/,
      ],
      [
        '12 megapixels in seven passes',
        () => emptyPng(4000, 3000, { interlaced: true }),
        /as 7\.3 photographs/,
      ],
      ['12 megapixels of 16 bits', () => emptyPng(4000, 3000, { depth: 16, colourType: 0 }), /as 4\.6 photo/],
      ['a PNG with a profile', () => withProfile(large()).png().toBuffer(), /as 3\.7 photographs/],
      [
        'a WebP with a profile',
        () => withProfile(large()).webp({ effort: 0 }).toBuffer(),
        /as 3\.[0-9] photo/,
      ],
      ['a WebP of 3 MB', async () => webpOfBytes('VP8 ', 3_000_000), /as 4\.5 photographs/],
      ['a lossless WebP of 20 MB', async () => webpOfBytes('VP8L', 20_000_000), /as 3\.4 photographs/],
      ['a WebP of 3 MB among others', async () => webpOfBytes('ANMF', 3_000_000), /as 4\.5 photographs/],
      ['how transparent a WebP of 20 MB is', async () => webpOfBytes('ALPH', 20_000_000), /as 3\.4 photo/],
    ])('%s', async (_, make, words) => {
      const bytes = await make();
      expect(() => toPlainPicture(bytes)).toThrow(words);
      expect(() => toPlainPicture(bytes)).toThrow(expect.objectContaining({ refusal: 'too-large' }));
    });

    it.each<[string, () => Promise<Uint8Array>]>([
      ['JPEG', () => large().jpeg().toBuffer()],
      ['JPEG in full colour', () => large().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer()],
      ['JPEG with a profile', () => withProfile(large()).jpeg().toBuffer()],
      ['JPEG of 10 MB', async () => ended(await jpegOfBytes(10_000_000))],
      ['progressive JPEG', () => large().jpeg({ progressive: true }).toBuffer()],
      ['PNG', async () => emptyPng(4000, 3000)],
      ['transparent PNG', async () => emptyPng(4000, 3000, { colourType: 6 })],
      ['WebP', () => large().webp({ effort: 0 }).toBuffer()],
      ['lossless WebP', () => large().webp({ effort: 0, lossless: true }).toBuffer()],
    ])('one of 12 megapixels as %s is taken', async (_, make) => {
      expect(toPlainPicture(await make())).toMatchObject({ widthPixels: 4000, heightPixels: 3000 });
    });

    it.each<[string, () => Promise<Uint8Array>]>([
      [
        'a JPEG',
        async () =>
          jpegWith(
            await jpegOf(RED),
            Array.from({ length: 30_000 }, () => jpegSegment(0xfe, Buffer.alloc(0))),
          ),
      ],
      ['a PNG', () => pngWith(Array.from({ length: 30_000 }, () => pngChunk('IDAT', Buffer.alloc(0))))],
      [
        'a WebP',
        async () =>
          webpWith(
            await plain(RED).webp().toBuffer(),
            Array.from({ length: 30_000 }, () => webpChunk('junk', Buffer.alloc(0))),
          ),
      ],
    ])('%s of 30,000 pieces', async (_, make) => {
      const bytes = await make();
      expect(() => toPlainPicture(bytes)).toThrow('more than 20000 pieces');
    });
  });

  describe('a JPEG', () => {
    it('without its end marker is the same picture', async () => {
      const jpeg = await jpegOf(GREEN);
      expect(await pixelsOf(jpeg.subarray(0, -2))).toEqual(await pixelsOf(jpeg));
    });

    it.each([0.3, 0.8, 0.99])('of which only a share of %d is there and no end is refused', async (share) => {
      const jpeg = await noisyJpeg();
      const cut = jpeg.subarray(0, Math.floor(jpeg.length * share));
      await expect(pixelsOf(cut)).rejects.toThrow(/its end is missing, and data before it/);
    });

    it.each([
      [0xc3, /lossless/],
      [0xc9, /arithmetically coded/],
    ])('of a kind that browsers do not show is refused (%i)', async (mark, words) => {
      const jpeg = Buffer.from(await jpegOf(RED));
      jpeg[jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 1] = mark;
      expect(() => toPlainPicture(jpeg)).toThrow(words);
    });

    it.each<[string, (jpeg: Buffer, scanAt: number) => Buffer]>([
      ['without data', (jpeg, scanAt) => jpeg.subarray(0, scanAt)],
      ['cut off within a segment', (jpeg) => jpeg.subarray(0, 30)],
      ['with data before its frame header', (jpeg, scanAt) => jpegWith(jpeg, [jpeg.subarray(scanAt, -2)])],
      ['with two frame headers', (jpeg) => jpegWith(jpeg, [jpegSegment(0xc0, Buffer.alloc(9, 1))])],
      ['with a frame header of no component', (jpeg) => jpegWith(jpeg, [jpegSegment(0xc0, Buffer.alloc(6))])],
    ])('%s is damaged', async (_, change) => {
      const jpeg = await jpegOf(RED);
      const bytes = change(jpeg, jpeg.indexOf(Buffer.from([0xff, 0xda])));
      expect(() => toPlainPicture(bytes)).toThrow(expect.objectContaining({ refusal: 'damaged' }));
    });
  });

  describe('whatever the bytes are', () => {
    it('they are taken or refused in words', async () => {
      const pictures = [
        await noisyJpeg(),
        await plain(RED).png().toBuffer(),
        await plain(RED).webp().toBuffer(),
      ];
      const change = fc.tuple(fc.nat(), fc.nat(255));
      fc.assert(
        fc.property(
          fc.constantFrom(...pictures),
          fc.array(change, { maxLength: 5 }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          (picture, changes, share) => {
            const bytes = Buffer.from(picture.subarray(0, Math.ceil(picture.length * share)));
            for (const [at, value] of changes)
              if (bytes.length > 12) bytes[12 + (at % (bytes.length - 12))] = value;
            try {
              const { widthPixels, heightPixels } = toPlainPicture(bytes);
              expect(widthPixels * heightPixels).toBeGreaterThan(0);
            } catch (error) {
              expect(error).toBeInstanceOf(ImageError);
            }
          },
        ),
      );
    });
  });

  function large(): Sharp {
    return sharp({ create: { width: 4000, height: 3000, channels: 3, background: GREEN } });
  }

  const progressive = (picture: Sharp) =>
    picture.jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer();

  const withProfile = (picture: Sharp): Sharp => picture.withIccProfile('p3');

  const ended = (jpeg: Uint8Array): Buffer => Buffer.concat([jpeg, Buffer.from([0xff, 0xd9])]);

  let largeJpeg: Promise<Buffer> | undefined;

  /** One of 12 megapixels, which is made once, whose data go on with so many zeros, without an end. */
  async function jpegOfBytes(bytes: number): Promise<Buffer> {
    largeJpeg ??= large().jpeg().toBuffer();
    return Buffer.concat([(await largeJpeg).subarray(0, -2), Buffer.alloc(bytes)]);
  }

  /** A small one with a chunk of so many bytes. */
  async function webpOfBytes(name: string, bytes: number): Promise<Buffer> {
    const encoded = name === 'VP8L' ? plain(RED).webp({ lossless: true }) : plain(RED).webp();
    const webp = await encoded.toBuffer();
    const at = webp.indexOf(name === 'VP8L' ? 'VP8L' : 'VP8 ');
    const grown = webpChunk(name, Buffer.concat([webp.subarray(at + 8), Buffer.alloc(bytes)]));
    const isPicture = name === 'VP8 ' || name === 'VP8L';
    return webpWith(isPicture ? webp.subarray(0, at) : webp, [grown]);
  }

  /** A WebP that claims to have 45 megapixels. */
  async function largeWebp(): Promise<Buffer> {
    const webp = await plain(RED).webp().toBuffer();
    const size = webp.indexOf(Buffer.from([0x9d, 0x01, 0x2a])) + 3;
    webp.writeUInt16LE(7000, size);
    webp.writeUInt16LE(6500, size + 2);
    return webp;
  }

  async function noisyJpeg(): Promise<Buffer> {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    return await sharp({ create: { width: 96, height: 96, channels: 3, background: RED, noise } })
      .jpeg()
      .toBuffer();
  }
});
