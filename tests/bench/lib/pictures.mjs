// One-megapixel JPEGs: photographs of a folder or of ../shared/data where they are, grainy colours elsewhere.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

const PHOTOGRAPHS = join(import.meta.dirname, '../../../../shared/data/clothing-dataset-small/validation');
const [WIDTH, HEIGHT] = [1152, 868];

/**
 * @param {number} count
 * @param {string} folder of photographs
 * @returns {Promise<{pictures: Buffer[], from: string}>}
 */
export async function makePictures(count, folder = PHOTOGRAPHS) {
  // A person who is stretched is not found.
  const fit = folder === PHOTOGRAPHS ? 'fill' : 'contain';
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .filter((name) => name.endsWith('.jpg'))
        .sort()
    : [];
  const sources = Array.from({ length: count }, (_, index) =>
    files.length === 0 ? grain(index) : sharp(readFileSync(join(folder, files[(index * 37) % files.length]))),
  );
  const pictures = [];
  for (const source of sources) {
    pictures.push(await source.resize(WIDTH, HEIGHT, { fit }).jpeg({ quality: 85 }).toBuffer());
  }
  return { pictures, from: files.length === 0 ? 'grainy colours' : 'photographs' };
}

function grain(index) {
  const background = { r: (index * 53) % 256, g: (index * 97) % 256, b: (index * 193) % 256 };
  const noise = { type: 'gaussian', mean: 128, sigma: 25 };
  return sharp({ create: { width: WIDTH / 2, height: HEIGHT / 2, channels: 3, background, noise } });
}
