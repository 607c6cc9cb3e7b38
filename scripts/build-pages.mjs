// Builds the pages in src/web into dist/web, unless nothing they are made of has changed.
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const source = join(root, 'src/web');
const target = join(root, 'dist/web');
const stamp = join(target, '.built');
const madeOf = [source, join(root, 'package-lock.json'), import.meta.filename];

/** Sizes an icon must have so that phones put the page on their home screen. */
const ICON_PIXELS = [180, 192, 512];

export async function buildPages() {
  const changedMs = Math.max(...madeOf.map(newestIn));
  if (builtAt() >= changedMs) return;
  const [{ build }, { default: sharp }] = await Promise.all([import('vite'), import('sharp')]);
  rmSync(stamp, { force: true });
  await build({
    configFile: false,
    root: source,
    base: '/',
    logLevel: 'warn',
    build: {
      outDir: target,
      emptyOutDir: true,
      target: 'es2022',
      // Pages and bundles are small enough; a polyfill would be one more script.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 1000,
      rolldownOptions: {
        input: {
          index: join(source, 'index.html'),
          phone: join(source, 'phone.html'),
          'phone-worker': join(source, 'phone/phone-worker.ts'),
        },
        output: {
          // Where a service worker lies decides what it may serve, so its name is fixed.
          entryFileNames: ({ name }) => (name === 'phone-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
        },
      },
    },
  });
  for (const pixels of ICON_PIXELS) {
    const icon = join(source, 'public/icon.svg');
    await sharp(icon, { density: 300 })
      .resize(pixels)
      .png()
      .toFile(join(target, `icon-${pixels}.png`));
  }
  mkdirSync(target, { recursive: true });
  writeFileSync(stamp, '');
  utimesSync(stamp, changedMs / 1000, changedMs / 1000);
}

function builtAt() {
  return statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** When anything below a path last changed, whole milliseconds. */
export function newestIn(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return Math.floor(mtimeMs);
  const inside = readdirSync(path).map((name) => newestIn(join(path, name)));
  return Math.max(Math.floor(mtimeMs), ...inside);
}
