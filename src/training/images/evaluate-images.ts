import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { decodeImage, writeTensor } from '../../inference/images/decode-image.js';
import { softmax } from '../../inference/images/image-labels.js';
import { requireSelfContained } from '../../inference/models/external-data.js';
import type { ImageManifest } from '../../inference/models/manifest.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { scoreTarget, type TargetMetrics } from '../metrics.js';
import type { ImageFile, ImageFolder } from './image-folder.js';

export interface ImageEvaluation {
  readonly images: number;
  readonly metrics: TargetMetrics;
  /** Of the images that were scored, in their order. */
  readonly files: readonly ImageFile[];
  /** `[images, classes]` */
  readonly probabilities: Float32Array;
  /** What could not be decoded and why, in words. */
  readonly unreadable: readonly string[];
}

const BATCH_IMAGES = 8;

/**
 * Scores an image model on a folder with one folder a class, prepared as for serving.
 *
 * @throws GatewayError `IMAGES_INVALID` when the folder has classes that the model does not know, or no image of it can
 *   be decoded
 */
export async function evaluateImages(
  manifest: ImageManifest,
  model: Uint8Array,
  folder: ImageFolder,
  options: {
    readonly threads: number;
    readonly signal: AbortSignal;
    readonly onProgress: (done: number) => void;
  },
): Promise<ImageEvaluation> {
  checkClasses(manifest, folder);
  requireSelfContained(model);
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: options.threads,
    logSeverityLevel: 3,
  });
  try {
    return await scoreFiles(manifest, session, folder, options);
  } finally {
    await session.release();
  }
}

async function scoreFiles(
  manifest: ImageManifest,
  session: InferenceSession,
  folder: ImageFolder,
  options: { readonly signal: AbortSignal; readonly onProgress: (done: number) => void },
): Promise<ImageEvaluation> {
  const files: ImageFile[] = [];
  const rows: Float32Array[] = [];
  const unreadable: string[] = [];
  for (let from = 0; from < folder.files.length; from += BATCH_IMAGES) {
    if (options.signal.aborted) throw new GatewayError('CLOSED', 'stopped before all images were evaluated');
    const decoded = await decodeBatch(manifest, folder.files.slice(from, from + BATCH_IMAGES), unreadable);
    if (decoded.length > 0) {
      rows.push(
        await run(
          manifest,
          session,
          decoded.map(({ tensor }) => tensor),
        ),
      );
      files.push(...decoded.map(({ file }) => file));
    }
    options.onProgress(Math.min(1, (from + BATCH_IMAGES) / folder.files.length));
  }
  if (files.length === 0) {
    throw new GatewayError('IMAGES_INVALID', `no image of ${folder.path} can be decoded: ${unreadable[0]}`);
  }
  const probabilities = joined(rows);
  const truth = files.map(({ label }) => manifest.classes.indexOf(folder.classes[label] ?? ''));
  const metrics = scoreTarget({ classes: manifest.classes, truth, probabilities });
  return { images: files.length, metrics, files, probabilities, unreadable };
}

function checkClasses(manifest: ImageManifest, folder: ImageFolder): void {
  const unknown = folder.classes.filter((name) => !manifest.classes.includes(name));
  if (unknown.length === 0) return;
  throw new GatewayError(
    'IMAGES_INVALID',
    `${folder.path} has folders that are no labels of ${manifest.name}: ${unknown.join(', ')}; ` +
      `its labels are ${manifest.classes.join(', ')}`,
  );
}

async function decodeBatch(
  manifest: ImageManifest,
  files: readonly ImageFile[],
  unreadable: string[],
): Promise<{ file: ImageFile; tensor: Float32Array }[]> {
  const results = await Promise.all(
    files.map(async (file) => {
      try {
        const tensor = new Float32Array(manifest.widthPixels * manifest.heightPixels * 3);
        writeTensor(await decodeImage(await readFile(file.path), manifest), manifest, tensor, 0);
        return [{ file, tensor }];
      } catch (error) {
        unreadable.push(`${file.path}: ${messageOf(error)}`);
        return [];
      }
    }),
  );
  return results.flat();
}

async function run(
  manifest: ImageManifest,
  session: InferenceSession,
  tensors: readonly Float32Array[],
): Promise<Float32Array> {
  const { layout, widthPixels, heightPixels } = manifest;
  const shape = layout === 'nchw' ? [3, heightPixels, widthPixels] : [heightPixels, widthPixels, 3];
  const input = new Tensor('float32', joined(tensors), [tensors.length, ...shape]);
  const output = (await session.run({ [manifest.input]: input }, [manifest.output]))[manifest.output];
  if (!(output?.data instanceof Float32Array)) {
    throw new GatewayError('MODEL_INVALID', `output "${manifest.output}" of ${manifest.name} is not float32`);
  }
  return manifest.scores === 'logits' ? softmaxRows(output.data, manifest.classes.length) : output.data;
}

function softmaxRows(logits: Float32Array, width: number): Float32Array {
  const result = new Float32Array(logits.length);
  for (let from = 0; from < logits.length; from += width) {
    result.set(softmax(logits.subarray(from, from + width)), from);
  }
  return result;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
