import { GatewayError } from '../shared/errors.js';
import type { ModelOutputs } from './model-version.js';
import type { Manifest } from './models/manifest.js';
import { isTfLayersFile, planTensors } from './tensor-plan.js';

/** How far a row of probabilities may be from adding up to 1. */
const SUM_TOLERANCE = 1e-3;

/**
 * Checks what a model file says of itself against its manifest: names, element types, ranks and sizes.
 *
 * @throws GatewayError `MODEL_INVALID` listing everything that differs
 */
export function checkSignature(manifest: Manifest, signature: ModelSignature): void {
  const plan = planTensors(manifest);
  const inputs = namedInputs(manifest, signature);
  const extraInputs = inputs.filter(({ name }) => name !== plan.input);
  refuse(manifest, [
    ...checkTensor('input', plan.input, plan.itemShape, inputs),
    ...extraInputs.map(({ name }) => `expected no other input, found "${name}"`),
    ...plan.outputs.flatMap(({ name, width }) =>
      checkTensor('output', name, width === undefined ? undefined : [width], signature.outputs),
    ),
  ]);
}

/**
 * Checks a model's outputs of a trial run: as many as promised, and rows of probabilities where they should be.
 *
 * @param count items the trial run had
 * @throws GatewayError `MODEL_INVALID` listing everything that differs
 */
export function checkOutputs(manifest: Manifest, outputs: ModelOutputs, count: number): void {
  const areProbabilities = manifest.kind === 'sequence' || manifest.scores === 'probabilities';
  refuse(
    manifest,
    planTensors(manifest).outputs.flatMap(({ name, width }) => {
      const values = outputs[name] ?? new Float32Array();
      if (width === undefined) return checkFeatures(name, values, count);
      if (values.length !== count * width) {
        return [`output "${name}": expected ${count} x ${width} values, found ${values.length}`];
      }
      return areProbabilities ? checkProbabilities(name, values, width) : [];
    }),
  );
}

/** TensorFlow.js makes up the input's name of a Sequential model and takes inputs by their place: any name will do. */
function namedInputs({ input, file }: Manifest, { inputs }: ModelSignature): readonly TensorSpec[] {
  const [only, second] = inputs;
  const isNameless = isTfLayersFile(file) && only !== undefined && second === undefined;
  return isNameless ? [{ ...only, name: input }] : inputs;
}

/** @param itemShape `undefined`: any shape with a batch axis */
function checkTensor(
  role: string,
  name: string,
  itemShape: readonly number[] | undefined,
  found: readonly TensorSpec[],
): string[] {
  const spec = found.find((candidate) => candidate.name === name);
  if (spec === undefined) {
    const names = found.map((candidate) => `"${candidate.name}"`).join(', ') || 'none';
    return [`${role}: expected "${name}", found ${names}`];
  }
  const problems: string[] = [];
  if (spec.type !== 'float32') problems.push(`${role} "${name}": expected float32, found ${spec.type}`);
  if (spec.shape !== undefined && !fits(spec.shape, itemShape)) {
    const expected = ['batch', ...(itemShape ?? ['…'])].join(', ');
    const actual = spec.shape.map((size) => size ?? 'any').join(', ');
    const hint = typeof spec.shape[0] === 'number' ? '; export it with a batch axis of any size' : '';
    problems.push(`${role} "${name}": expected shape [${expected}], found [${actual}]${hint}`);
  }
  return problems;
}

function fits(shape: readonly (number | null)[], itemShape: readonly number[] | undefined): boolean {
  const [batch, ...item] = shape;
  if (batch !== null) return false;
  if (itemShape === undefined) return true;
  if (item.length !== itemShape.length) return false;
  return item.every((size, index) => size === null || size === itemShape[index]);
}

function checkFeatures(name: string, values: Float32Array, count: number): string[] {
  if (values.length > 0 && values.length % count === 0) return [];
  return [`output "${name}": expected as many values for each of ${count} items, found ${values.length}`];
}

function checkProbabilities(name: string, values: Float32Array, width: number): string[] {
  for (let row = 0; row < values.length; row += width) {
    const probabilities = Array.from(values.subarray(row, row + width));
    const sum = probabilities.reduce((total, value) => total + value, 0);
    const areInRange = probabilities.every((value) => value >= 0 && value <= 1 + SUM_TOLERANCE);
    if (!areInRange || !(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
      const found = probabilities.map((value) => value.toPrecision(4)).join(', ');
      return [`output "${name}": expected probabilities that add up to 1 (softmax), found ${found}`];
    }
  }
  return [];
}

function refuse(manifest: Manifest, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new GatewayError(
    'MODEL_INVALID',
    `model "${manifest.name}" ${manifest.version}: ${manifest.file} does not fit manifest.json:\n` +
      problems.map((problem) => `  ${problem}`).join('\n'),
  );
}

/** A tensor as the model file itself describes it. */
export interface TensorSpec {
  readonly name: string;
  /** `float32`, `int64`, … */
  readonly type: string;
  /** Size of each dimension, `null` where any size fits; `undefined` where the file does not say. */
  readonly shape: readonly (number | null)[] | undefined;
}

/** What a model file says of its inputs and outputs. */
export interface ModelSignature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}
