import { describe, expect, it } from 'vitest';
import {
  exportImageModel,
  FEATURES,
  PROBABILITIES,
} from '../../../../src/training/images/export-image-model.js';
import {
  DEFAULT_FINE_TUNE_OPTIONS,
  fineTune,
  learningRateAt,
} from '../../../../src/training/images/fine-tune.js';
import type { ImageSet } from '../../../../src/training/images/image-folder.js';
import { DEFAULT_VIEW_LIMITS } from '../../../../src/training/images/image-views.js';
import { createTensorReader } from '../../../../src/training/images/tensor-rows.js';
import { chooseCut } from '../../../../src/training/images/tune-backbone.js';
import { takeUpperPart } from '../../../../src/training/images/upper-part.js';
import { makePasses } from '../../../../src/training/images/view-passes.js';
import { createRandom } from '../../../../src/training/random.js';
import { buildGoogLeNet } from '../../../helpers/googlenet.js';
import { loadOnnx } from '../../../helpers/run-onnx.js';
import { TINY_SPEC, tinyBackbone } from '../../../helpers/tiny-backbone.js';

const backbone = { spec: TINY_SPEC, model: tinyBackbone() };
const progress = { signal: new AbortController().signal, onProgress: () => undefined };

/** Pictures of stripes: across for class 0, down for class 1, on noise. */
function stripes(count: number): ImageSet {
  const random = createRandom(9);
  const labels = Array.from({ length: count }, (_, index) => index % 2);
  const pictures = labels.map((label) => ({
    widthPixels: 18,
    heightPixels: 18,
    data: Uint8Array.from({ length: 18 * 18 * 3 }, (_, at) => {
      const pixel = Math.floor(at / 3);
      const place = label === 0 ? Math.floor(pixel / 18) : pixel % 18;
      return 40 + (Math.floor(place / 2) % 2) * 120 + random.below(60);
    }),
  }));
  return { classes: ['across', 'down'], paths: labels.map(String), labels, pictures };
}

describe('fine-tuning', () => {
  it('learns what the frozen features do not tell, and exports what it learned', async () => {
    const images = stripes(64);
    const cut = chooseCut(backbone);
    const request = { images, backbone, views: 2, limits: DEFAULT_VIEW_LIMITS, seed: 1, threads: 1 };
    const passes = await makePasses(request, cut, [], progress);
    const part = takeUpperPart(backbone.model, 'features', cut, passes[0]?.dims ?? []);
    const head = { kernel: new Float32Array(24), bias: new Float32Array(2), steps: 0 };
    const losses: number[] = [];
    const tuned = await fineTune(
      {
        part,
        passes,
        targets: Float32Array.from(
          images.labels.flatMap((label) => (label === 0 ? [0.95, 0.05] : [0.05, 0.95])),
        ),
        link: 'softmax',
        images: images.labels.map((_, index) => index).slice(0, 48),
        heldOut: images.labels.map((_, index) => index).slice(48),
        classes: 2,
        head,
      },
      {
        ...DEFAULT_FINE_TUNE_OPTIONS,
        epochs: 40,
        batchSize: 16,
        learningRate: 1e-2,
        averagedSteps: 10,
        threads: 1,
        seed: 1,
      },
      progress.signal,
      (_, loss) => losses.push(loss),
    );
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) * 0.8);
    const right = images.labels.slice(48).filter((label, row) => {
      return (tuned.heldOut[row * 2 + label] ?? 0) > 0.5;
    });
    expect(right.length).toBeGreaterThanOrEqual(14);

    // Half-precision weights, whole network, one picture: the same answer as during training.
    await using session = await loadOnnx(exportImageModel(backbone, tuned.weights, tuned.head, {}));
    await using reader = await createTensorReader(backbone, 'image', 1);
    const [picture] = images.pictures.slice(48);
    if (picture === undefined) throw new Error('there is no picture');
    const small = { ...picture, widthPixels: 16, heightPixels: 16, data: cropped(picture.data) };
    const { data } = await reader.read([small]);
    const result = await session.run({ image: { dims: [1, 3, 16, 16], data } });
    expect(result[PROBABILITIES]?.dims).toEqual([1, 2]);
    expect(result[FEATURES]?.dims).toEqual([1, 12]);
    expect((result[PROBABILITIES]?.data[0] ?? 0) > 0.5).toBe(true);
  });

  it('warms up and cools down', () => {
    const options = { learningRate: 1, warmUpSteps: 10 };
    const rates = Array.from({ length: 100 }, (_, step) => learningRateAt(step, 100, options));
    expect(rates[0]).toBeCloseTo(0.1, 2);
    expect(Math.max(...rates)).toBeLessThanOrEqual(1);
    expect(rates[99]).toBeLessThan(0.01);
  });
});

describe('chooseCut', () => {
  it('leaves the last inception module of GoogLeNet to be trained: max pooling has no gradient here', () => {
    const model = buildGoogLeNet();
    const feature = model.graph.nodes.find(({ opType }) => opType === 'AveragePool')?.outputs[0] ?? '';
    const spec = { ...TINY_SPEC, input: 'data_0', widthPixels: 224, heightPixels: 224, feature };
    const cut = chooseCut({ model, spec });
    const after = model.graph.nodes.findIndex(({ outputs }) => outputs.includes(cut));
    const trained = model.graph.nodes.slice(after + 1).filter(({ opType }) => opType === 'Conv');
    expect(trained).toHaveLength(6);
  });
});

/** The upper left 16 x 16 of 18 x 18 pixels. */
function cropped(data: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: 16 * 16 * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return data[(Math.floor(pixel / 16) * 18 + (pixel % 16)) * 3 + (at % 3)] ?? 0;
  });
}
