import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseTar } from 'nanotar';
import { PEOPLE_FILE } from '../../inference/models/manifest.js';
import { sha256Of } from '../../inference/models/model-folder.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { makeFolder } from '../../shared/files.js';
import { BACKBONE_FILE, type BackboneSpec, FINDER_SIZE_PIXELS, GOOGLENET } from './backbone.js';
import type { TfliteModel } from './tflite-model.js';

/** A network that can be fetched. */
export interface KnownBackbone {
  readonly url: string;
  /** SHA-256 of what the address gives, hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly spec: BackboneSpec;
  /** It finds people for `train apparel --people` and is no backbone: its folder has no backbone.json. */
  readonly findsPeople?: true;
  /** Takes the ONNX file out of what was fetched, with what it needs for that: who lists networks loads none of it. */
  readonly unpack: (download: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

/** Where the TensorFlow Lite file begins in the assets of @mediapipe/objectron, after a list of class names. */
const OBJECTRON_OFFSET_BYTES = 184;

const OBJECTRON = {
  url: 'https://registry.npmjs.org/@mediapipe/objectron/-/objectron-0.4.1675468480.tgz',
  sha256: 'fc3e37b326b05e8f596099c90b3e0931b05a56cd3160b9ac450b621794bac94c',
  sizeBytes: 32_667_233,
} as const;

/** How the networks of @mediapipe/objectron want their images, and whose they are. */
const OBJECTRON_SPEC = {
  licence: 'Apache-2.0',
  origin: 'npm package @mediapipe/objectron 0.4.1675468480, by the MediaPipe Authors',
  input: 'image',
  layout: 'nchw',
  channelOrder: 'rgb',
  mean: [127.5, 127.5, 127.5],
  std: [127.5, 127.5, 127.5],
} satisfies Partial<BackboneSpec>;

async function objectronTflite(download: Uint8Array): Promise<TfliteModel> {
  const { readTflite } = await import('./tflite-model.js');
  const assets = readTarEntry(download, 'package/objectron_solution_packed_assets.data');
  return readTflite(assets.subarray(OBJECTRON_OFFSET_BYTES));
}

export const KNOWN_BACKBONES: Readonly<Record<string, KnownBackbone>> = {
  'mobilenet-v2-objectron': {
    ...OBJECTRON,
    spec: {
      ...OBJECTRON_SPEC,
      name: 'MobileNetV2 of an object detector for Open Images V4',
      file: 'backbone.onnx',
      widthPixels: 224,
      heightPixels: 224,
      feature: 'features',
    },
    unpack: async (download) => {
      const { encodeModel } = await import('../onnx/encode-model.js');
      const { tfliteToOnnx } = await import('./tflite-to-onnx.js');
      const tflite = await objectronTflite(download);
      const cut = { featureTensor: 'FeatureExtractor/MobilenetV2/Conv_1/Relu6', sizePixels: 224 };
      return encodeModel(tfliteToOnnx(tflite, { ...cut, metadata: { licence: 'Apache-2.0' } }));
    },
  },
  'people-objectron': {
    ...OBJECTRON,
    findsPeople: true,
    spec: {
      ...OBJECTRON_SPEC,
      name: 'Object detector for Open Images V4, its class of people',
      file: PEOPLE_FILE,
      widthPixels: FINDER_SIZE_PIXELS,
      heightPixels: FINDER_SIZE_PIXELS,
      feature: 'scores',
    },
    unpack: async (download) => {
      const { encodeModel } = await import('../onnx/encode-model.js');
      const { peopleFinderOf } = await import('./people-finder.js');
      return encodeModel(peopleFinderOf(await objectronTflite(download)));
    },
  },
  googlenet: {
    url: 'https://github.com/onnx/models/raw/main/validated/vision/classification/inception_and_googlenet/googlenet/model/googlenet-12.onnx',
    sha256: 'c99c507058eaf41de8723408fdda7db8325cb57f0a89f2ee07a716d6e963e14e',
    sizeBytes: 28_000_000,
    spec: {
      ...GOOGLENET,
      name: 'GoogLeNet',
      file: 'backbone.onnx',
      input: 'data_0',
      widthPixels: 224,
      heightPixels: 224,
      feature: 'pool5/7x7_s1_1',
    },
    unpack: (download) => download,
  },
};

/** @throws GatewayError `NOT_FOUND` naming those that are known */
export function knownBackbone(name: string): KnownBackbone {
  const known = Object.hasOwn(KNOWN_BACKBONES, name) ? KNOWN_BACKBONES[name] : undefined;
  if (known !== undefined) return known;
  throw new GatewayError(
    'NOT_FOUND',
    `no backbone "${name}" is known; known are ${Object.keys(KNOWN_BACKBONES).join(', ')}`,
  );
}

/** More than any package that is read here unpacks to. */
const MAX_UNPACKED_BYTES = 200_000_000;

/**
 * Reads one file out of a gzipped tar archive (POSIX ustar).
 *
 * @throws GatewayError `MODEL_INVALID` when it is no such archive or the file is not in it
 */
export function readTarEntry(archive: Uint8Array, name: string): Uint8Array {
  // Copied, since the reader looks at the whole memory under an array, of which a buffer may be a part.
  const tar = new Uint8Array(unzipped(archive));
  const [entry] = parseTar(tar, { filter: (each) => each.name === name });
  if (entry?.data === undefined) throw new GatewayError('MODEL_INVALID', `the archive holds no "${name}"`);
  return entry.data;
}

function unzipped(archive: Uint8Array): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (error) {
    throw new GatewayError('MODEL_INVALID', `not a gzipped archive: ${messageOf(error)}`, { cause: error });
  }
}

export interface PullOptions {
  /** Folder to write. */
  readonly folder: string;
  /** A file that was fetched before, or another address with the same content. */
  readonly from: string | undefined;
  readonly signal: AbortSignal;
}

/** How much longer than announced a download may be before it is broken off. */
const SPARE = 1.5;

/**
 * Fetches a backbone, checks its SHA-256, and writes it as a folder that training can use. Nothing is written when the
 * content is not what is known.
 *
 * @throws GatewayError `NOT_FOUND` when it cannot be fetched, `MODEL_INVALID` when something else came
 */
export async function pullBackbone(known: KnownBackbone, options: PullOptions): Promise<void> {
  const source = options.from ?? known.url;
  const download = /^https?:/.test(source)
    ? await fetchBytes(source, known.sizeBytes * SPARE, options.signal)
    : await readLocal(source);
  const actual = sha256Of(download);
  if (actual !== known.sha256) {
    throw new GatewayError(
      'MODEL_INVALID',
      `${source} is not what is known by this name: its SHA-256 is ${actual}, expected ${known.sha256}`,
    );
  }
  const model = await known.unpack(download);
  await makeFolder(options.folder);
  await writeFile(join(options.folder, known.spec.file), model);
  if (known.findsPeople) return;
  await writeFile(join(options.folder, BACKBONE_FILE), `${JSON.stringify(known.spec, undefined, 2)}\n`);
}

async function readLocal(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new GatewayError('NOT_FOUND', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function fetchBytes(url: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of response.body) {
      parts.push(part);
      length += part.length;
      if (length > maxBytes) throw new Error(`it is longer than ${Math.round(maxBytes)} bytes`);
    }
    return Buffer.concat(parts);
  } catch (error) {
    throw new GatewayError(
      'NOT_FOUND',
      `${url} cannot be fetched: ${reasonOf(error)}; on a closed network fetch it elsewhere and give it with --from`,
      { cause: error, retryable: true },
    );
  }
}

/** `fetch` says "fetch failed"; why is in the cause. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
}
