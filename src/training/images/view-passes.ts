import type { RgbImage } from '../../inference/images/rgb-image.js';
import type { Backbone } from '../backbones/backbone.js';
import { createRandom } from '../random.js';
import type { ImageSet } from './image-folder.js';
import { PLAIN_VIEW, randomView, renderView, type View, type ViewLimits } from './image-views.js';
import { createTensorReader, QuantisedRows, type TensorReader } from './tensor-rows.js';

/** Which views of which images a backbone is shown. */
export interface ViewRequest {
  readonly images: ImageSet;
  readonly backbone: Backbone;
  /** Views of every image: the image as it is, mirrored, then random crops in random light. */
  readonly views: number;
  readonly limits: ViewLimits;
  readonly seed: number;
  readonly threads: number;
}

export interface ViewProgress {
  readonly signal: AbortSignal;
  /** @param done 0..1 of all views */
  readonly onProgress: (done: number) => void;
}

/** What the frozen part of a backbone makes of one view of every image, kept so that it is computed once. */
export interface ViewPass {
  /** Activations at the cut. */
  readonly rows: QuantisedRows;
  /** Of one image. */
  readonly dims: readonly number[];
  /** Features of the teachers one after the other, `[images, teacherFeatures]`; they see the very same views. */
  readonly teacher: Float32Array | undefined;
}

/** Pictures that a network gets at once: enough for its threads, few enough for the processor's cache. */
const BATCH_PICTURES = 8;

/** Features of every image, `[images, features]`, one array a view. */
export async function extractFeatures(request: ViewRequest, progress: ViewProgress): Promise<Float32Array[]> {
  const { backbone, images, threads, views } = request;
  await using reader = await createTensorReader(backbone, backbone.spec.feature, threads);
  const passes: Float32Array[] = [];
  for (let pass = 0; pass < views; pass++) {
    let features: Float32Array | undefined;
    for (const { from, pictures } of viewBatches(request, pass, progress)) {
      const { data } = await reader.read(pictures);
      const width = data.length / pictures.length;
      features ??= new Float32Array(images.pictures.length * width);
      features.set(data, from * width);
    }
    passes.push(features ?? new Float32Array());
  }
  return passes;
}

/** Activations of every image at a cut point, and the teachers' features. */
export async function makePasses(
  request: ViewRequest,
  cut: string,
  teachers: readonly Backbone[],
  progress: ViewProgress,
): Promise<ViewPass[]> {
  const { backbone, threads, views } = request;
  const readers: TensorReader[] = [];
  try {
    readers.push(await createTensorReader(backbone, cut, threads));
    for (const teacher of teachers) {
      readers.push(await createTensorReader(teacher, teacher.spec.feature, threads));
    }
    const passes: ViewPass[] = [];
    for (let pass = 0; pass < views; pass++) passes.push(await makePass(request, pass, readers, progress));
    return passes;
  } finally {
    for (const reader of readers) await reader[Symbol.asyncDispose]();
  }
}

async function makePass(
  request: ViewRequest,
  pass: number,
  [reader, ...teachers]: readonly TensorReader[],
  progress: ViewProgress,
): Promise<ViewPass> {
  const count = request.images.pictures.length;
  let made: ViewPass | undefined;
  for (const { from, pictures } of viewBatches(request, pass, progress)) {
    const read = await reader?.read(pictures);
    const taught = [];
    for (const teacher of teachers) taught.push((await teacher.read(pictures)).data);
    const { dims = [1], data = new Float32Array() } = read ?? {};
    made ??= emptyPass(
      count,
      dims,
      taught.reduce((sum, { length }) => sum + length / pictures.length, 0),
    );
    for (let index = 0; index < pictures.length; index++) {
      const size = made.rows.rowLength;
      made.rows.write(from + index, data.subarray(index * size, (index + 1) * size));
      if (made.teacher) writeTaught(made.teacher, from + index, count, taught, index, pictures.length);
    }
  }
  return made ?? emptyPass(0, [1], 0);
}

function emptyPass(count: number, dims: readonly number[], teacherFeatures: number): ViewPass {
  const length = dims.reduce((product, size) => product * size, 1);
  return {
    rows: new QuantisedRows(count, length, dims.length > 1 ? (dims[0] ?? 1) : 1),
    dims,
    teacher: teacherFeatures === 0 ? undefined : new Float32Array(count * teacherFeatures),
  };
}

/** Lays the features that the teachers have for one picture of a batch side by side. */
function writeTaught(
  target: Float32Array,
  row: number,
  rows: number,
  taught: readonly Float32Array[],
  index: number,
  batch: number,
): void {
  let offset = row * (target.length / rows);
  for (const values of taught) {
    const size = values.length / batch;
    target.set(values.subarray(index * size, (index + 1) * size), offset);
    offset += size;
  }
}

function* viewBatches(
  request: ViewRequest,
  pass: number,
  { signal, onProgress }: ViewProgress,
): Generator<{ readonly from: number; readonly pictures: readonly RgbImage[] }> {
  const { images, views } = request;
  const { widthPixels, heightPixels } = request.backbone.spec;
  const count = images.pictures.length;
  for (let from = 0; from < count; from += BATCH_PICTURES) {
    signal.throwIfAborted();
    const originals = images.pictures.slice(from, from + BATCH_PICTURES);
    yield {
      from,
      pictures: originals.map((picture, index) =>
        renderView(picture, viewOf(request, pass, from + index), widthPixels, heightPixels),
      ),
    };
    onProgress((pass + Math.min(1, (from + BATCH_PICTURES) / count)) / views);
  }
}

function viewOf({ seed, limits, images }: ViewRequest, pass: number, image: number): View {
  if (pass === 0) return PLAIN_VIEW;
  if (pass === 1) return { ...PLAIN_VIEW, isMirrored: true };
  return randomView(createRandom(seed, pass * images.pictures.length + image), limits);
}
