import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, type TargetSize } from '../../../../src/inference/images/decode-image.js';
import type { RgbImage } from '../../../../src/inference/images/rgb-image.js';
import { BLUE, type Colour, GREEN, halves, jpegOf, plain, pngBomb, RED } from '../../../helpers/pictures.js';

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
