import { describe, expect, it } from 'vitest';
import {
  checkOutputs,
  checkSignature,
  type ModelSignature,
  type TensorSpec,
} from '../../../src/inference/check-model.js';
import type { ImageManifest } from '../../../src/inference/models/manifest.js';
import { tinyManifest } from '../../helpers/tiny-model.js';

const INPUT: TensorSpec = { name: 'window', type: 'float32', shape: [null, 4, 3] };
const OUTPUT: TensorSpec = { name: 'accompanied', type: 'float32', shape: [null, 2] };

function problemsOf(signature: Partial<ModelSignature>, manifest = tinyManifest()): string {
  try {
    checkSignature(manifest, { inputs: [INPUT], outputs: [OUTPUT], ...signature });
    return '';
  } catch (error) {
    expect(error).toMatchObject({ code: 'MODEL_INVALID' });
    return String(error);
  }
}

describe(checkSignature, () => {
  it('accepts a model that is as its manifest says', () => {
    expect(problemsOf({})).toBe('');
  });

  it('accepts sizes and shapes that the file leaves open, and outputs that nobody asks for', () => {
    const open: TensorSpec = { ...INPUT, shape: [null, null, null] };
    const unknown: TensorSpec = { ...OUTPUT, shape: undefined };
    const extra: TensorSpec = { name: 'features', type: 'float16', shape: [1] };
    expect(problemsOf({ inputs: [open], outputs: [unknown, extra] })).toBe('');
  });

  it('takes the only input of a tf.layers model by any name', () => {
    const manifest = tinyManifest({ file: 'model.json' });
    expect(problemsOf({ inputs: [{ ...INPUT, name: 'dense_1_input' }] }, manifest)).toBe('');
    expect(problemsOf({ inputs: [{ ...INPUT, shape: [null, 9, 9] }] }, manifest)).toContain('expected shape');
    expect(
      problemsOf(
        {
          inputs: [
            { ...INPUT, name: 'x' },
            { ...INPUT, name: 'y' },
          ],
        },
        manifest,
      ),
    ).toContain('expected "window", found "x", "y"');
  });

  it.each<[string, Partial<ModelSignature>]>([
    ['input: expected "window", found "x"', { inputs: [{ ...INPUT, name: 'x' }] }],
    ['input: expected "window", found none', { inputs: [] }],
    ['expected no other input, found "state"', { inputs: [INPUT, { ...INPUT, name: 'state' }] }],
    ['input "window": expected float32, found float64', { inputs: [{ ...INPUT, type: 'float64' }] }],
    [
      'input "window": expected shape [batch, 4, 3], found [any, 128, 3]',
      { inputs: [{ ...INPUT, shape: [null, 128, 3] }] },
    ],
    ['expected shape [batch, 4, 3], found [any, 4, 9]', { inputs: [{ ...INPUT, shape: [null, 4, 9] }] }],
    ['expected shape [batch, 4, 3], found [any, 12]', { inputs: [{ ...INPUT, shape: [null, 12] }] }],
    [
      'found [1, 4, 3]; export it with a batch axis of any size',
      { inputs: [{ ...INPUT, shape: [1, 4, 3] }] },
    ],
    ['output: expected "accompanied", found "y"', { outputs: [{ ...OUTPUT, name: 'y' }] }],
    [
      'output "accompanied": expected shape [batch, 2], found [any, 3]',
      { outputs: [{ ...OUTPUT, shape: [null, 3] }] },
    ],
  ])('says: %s', (words, signature) => {
    expect(problemsOf(signature)).toContain(words);
  });

  it('lists everything at once, with the model, its version and its file', () => {
    const problems = problemsOf({
      inputs: [{ ...INPUT, shape: [null, 128, 9] }],
      outputs: [{ ...OUTPUT, type: 'int64' }],
    });
    expect(problems).toContain('model "tiny" 1: model.onnx does not fit manifest.json:\n');
    expect(problems.split('\n')).toHaveLength(3);
  });

  it('checks an image model by its layout', () => {
    const manifest = imageManifest();
    const signature = (...image: (number | null)[]): ModelSignature => ({
      inputs: [{ name: 'image', type: 'float32', shape: image }],
      outputs: [
        { name: 'label', type: 'float32', shape: [null, 3] },
        { name: 'features', type: 'float32', shape: [null, 1280] },
      ],
    });
    expect(() => checkSignature(manifest, signature(null, 3, 6, 8))).not.toThrow();
    expect(() => checkSignature(manifest, signature(null, 6, 8, 3))).toThrow(
      'expected shape [batch, 3, 6, 8], found [any, 6, 8, 3]',
    );
  });

  it('takes features of any shape, one row an item', () => {
    const signature = (...features: (number | null)[]): ModelSignature => ({
      inputs: [{ name: 'image', type: 'float32', shape: [null, 3, 6, 8] }],
      outputs: [
        { name: 'label', type: 'float32', shape: [null, 3] },
        { name: 'features', type: 'float32', shape: features },
      ],
    });
    expect(() => checkSignature(imageManifest(), signature(null, 1024, 1, 1))).not.toThrow();
    expect(() => checkSignature(imageManifest(), signature(1, 1024))).toThrow(
      'output "features": expected shape [batch, …], found [1, 1024]; export it with a batch axis of any size',
    );
  });
});

/** 8 x 6 pixels, three classes, channels first. */
function imageManifest(overrides: Partial<ImageManifest> = {}): ImageManifest {
  const { name, version, file, sha256, provenance } = tinyManifest();
  return {
    name,
    version,
    file,
    sha256,
    provenance,
    kind: 'image',
    input: 'image',
    layout: 'nchw',
    widthPixels: 8,
    heightPixels: 6,
    resize: 'stretch',
    channelOrder: 'rgb',
    mean: [0, 0, 0],
    std: [1, 1, 1],
    output: 'label',
    scores: 'probabilities',
    feature: 'features',
    classes: ['shirt', 'shoe', 'hat'],
    ...overrides,
  };
}

describe(checkOutputs, () => {
  it('wants probabilities of an image model that promises them, anything of one that gives logits', () => {
    const scores = { label: Float32Array.of(7, 8, 9), features: new Float32Array(1280) };
    expect(() => checkOutputs(imageManifest({ scores: 'logits' }), scores, 1)).not.toThrow();
    expect(() => checkOutputs(imageManifest(), scores, 1)).toThrow('expected probabilities');
  });

  it('wants features of an image model that names them', () => {
    const none = { label: Float32Array.of(0, 0, 1) };
    expect(() => checkOutputs(imageManifest(), none, 1)).toThrow(
      'output "features": expected as many values',
    );
  });

  const check = (...values: number[]): void =>
    checkOutputs(tinyManifest(), { accompanied: Float32Array.from(values) }, 2);

  it('accepts rows of probabilities', () => {
    expect(() => check(0.25, 0.75, 1, 0)).not.toThrow();
  });

  it.each([
    ['logits', [0.25, 0.75, -2, 3]],
    ['a sum other than 1', [0.25, 0.75, 0.5, 0.6]],
    ['no numbers', [0.25, 0.75, Number.NaN, Number.NaN]],
    ['independent sigmoids', [0.25, 0.75, 0.9, 0.8]],
  ])('refuses %s', (_, values) => {
    expect(() => check(...values)).toThrow(
      'output "accompanied": expected probabilities that add up to 1 (softmax), found ',
    );
  });

  it('refuses another number of values', () => {
    expect(() => check(0.25, 0.75)).toThrow('output "accompanied": expected 2 x 2 values, found 2');
    expect(() => checkOutputs(tinyManifest(), {}, 1)).toThrow('expected 1 x 2 values, found 0');
  });
});
