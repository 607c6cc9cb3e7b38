import { readFile } from 'node:fs/promises';
import { Tensor } from 'onnxruntime-node';
import { decodeImage } from '../../inference/images/decode-image.js';
import { softmax } from '../../inference/images/image-labels.js';
import { writeTensor } from '../../inference/images/rgb-image.js';
import type { ImageManifest } from '../../inference/models/manifest.js';
import { openOnnxSession } from '../../inference/onnx-session.js';
import { planTensors } from '../../inference/tensor-plan.js';
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
  await using opened = await openImageModel(manifest, model, options.threads);
  return await scoreFiles(manifest, opened, folder, options);
}

/** An image model that is run on prepared pictures. */
export interface OpenImageModel extends AsyncDisposable {
  /**
   * @param values of so many pictures, each with as many as the model takes
   * @returns what the model's output says, `[pictures, classes]`
   */
  run(values: Float32Array, pictures: number): Promise<Float32Array>;
}

/** @throws GatewayError `MODEL_INVALID` when ONNX Runtime does not take the model, or its output is not float32 */
export async function openImageModel(
  manifest: ImageManifest,
  model: Uint8Array,
  threads: number,
): Promise<OpenImageModel> {
  const { name, output } = manifest;
  const { input, itemShape } = planTensors(manifest);
  const session = await openOnnxSession(model, name, threads);
  return {
    run: async (values, pictures) => {
      const pictureTensor = new Tensor('float32', values, [pictures, ...itemShape]);
      const data = (await session.run({ [input]: pictureTensor }, [output]))[output]?.data;
      if (data instanceof Float32Array) return data;
      throw new GatewayError('MODEL_INVALID', `output "${output}" of ${name} is not float32`);
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

async function scoreFiles(
  manifest: ImageManifest,
  opened: OpenImageModel,
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
        await probabilitiesOf(
          manifest,
          opened,
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

async function probabilitiesOf(
  { classes, scores }: ImageManifest,
  opened: OpenImageModel,
  tensors: readonly Float32Array[],
): Promise<Float32Array> {
  const said = await opened.run(joined(tensors), tensors.length);
  return scores === 'logits' ? softmaxRows(said, classes.length) : said;
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
