// Bundles the compiled modules in build into a few files in dist, unless none has changed: a command that loads five files
// starts in half the time of one that loads two hundred.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import { newestIn } from './build-pages.mjs';

const root = join(import.meta.dirname, '..');
const source = join(root, 'build');
const target = join(root, 'dist');
const main = join(target, 'main.js');
const pages = join(target, 'web') + sep;
const madeOf = [source, join(root, 'package-lock.json'), import.meta.filename];

/** What is run by path: the command line, worker threads and processes. These lie beside the chunks that start them. */
const ENTRIES = [
  'main.js',
  'inference/workers/inference-worker.js',
  'training/motion/folds/fold-worker.js',
  'storage/lmdb/probe-process.js',
];

/**
 * Packages that stay in node_modules: they have native code, find files of their own beside themselves, or are never loaded
 * (Fastify's compilers). All others are many small files, of which a gateway would open seven hundred.
 */
const KEPT = [
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-layers',
  '@tensorflow/tfjs-node',
  'fs-native-extensions',
  'libsvm-wasm',
  'lmdb',
  'onnxruntime-node',
  'sharp',
];

/**
 * One file each instead of dozens. Every command needs the first two, most need all. What is ours takes along what it imports.
 * Packages lie apart, without source maps, which would take longer to load than they do.
 */
const GROUPS = [
  // By itself, as worker threads need nothing else of what commands load.
  { name: 'errors', test: /[\\/]build[\\/]shared[\\/]errors\.js$/, priority: 5 },
  { name: 'package-rxjs', test: /[\\/]node_modules[\\/](rxjs|tslib)[\\/]/, priority: 4 },
  { name: 'package-commander', test: /[\\/]node_modules[\\/]commander[\\/]/, priority: 4 },
  { name: 'program', test: /[\\/]build[\\/]cli[\\/](context|program)\.js$/, priority: 3 },
  { name: 'package-zod-yaml', test: /[\\/]node_modules[\\/](yaml|zod)[\\/]/, priority: 2 },
  { name: 'package', test: /[\\/]node_modules[\\/]/, priority: 1, entriesAware: true },
  { name: 'configuration', test: /[\\/]build[\\/]config[\\/]load\.js$/, priority: 1 },
];

export async function bundle() {
  if (existsSync(main) && newestIn(main) >= Math.max(...madeOf.map(newestIn))) return;
  const { rolldown } = await import('rolldown');
  const bundled = await rolldown({
    input: Object.fromEntries(ENTRIES.map((file) => [basename(file, '.js'), join(source, file)])),
    platform: 'node',
    // Node.js itself would take the form of the package from which nothing can be left out.
    resolve: { alias: { rxjs: join(root, 'node_modules/rxjs/dist/esm/index.js') } },
    external: isExternal,
    plugins: [{ name: 'source-maps-of-typescript', load: withSourceMap }],
  });
  const { output } = await bundled.generate({
    format: 'esm',
    sourcemap: true,
    minify: { compress: false, mangle: false, codegen: true },
    entryFileNames: ({ name }) => (name === 'main' ? 'main.js' : 'chunks/[name].js'),
    chunkFileNames: 'chunks/[name]-[hash].js',
    codeSplitting: { groups: GROUPS },
  });
  await bundled.close();
  write(output);
}

function isExternal(id) {
  const [first, second] = id.split('/');
  const name = first.startsWith('@') ? `${first}/${second}` : first;
  return !/^[./]|^[A-Z]:/.test(id) && (isBuiltin(id) || KEPT.includes(name));
}

function withSourceMap(id) {
  if (!id.startsWith(source) || !existsSync(`${id}.map`)) return null;
  return { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') };
}

/** What starts a command is written last, and what it does not need removed after it. */
function write(output) {
  const files = output.flatMap(filesOf).map(([name, content]) => [join(target, name), content]);
  files.sort(([one], [other]) => Number(one === main) - Number(other === main));
  for (const [path, content] of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  const written = new Set(files.map(([path]) => path));
  const present = readdirSync(target, { recursive: true }).map((name) => join(target, name));
  const scripts = present.filter((path) => /\.js(\.map)?$/.test(path) && !path.startsWith(pages));
  for (const path of scripts) if (!written.has(path)) rmSync(path);
}

function filesOf({ fileName, code, source: content }) {
  if (!fileName.startsWith('chunks/package')) return [[fileName, code ?? content]];
  return code === undefined ? [] : [[fileName, code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')]];
}
