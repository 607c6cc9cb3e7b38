import type { ImageLabel } from '../domain/image.js';
import { softmax } from '../images/softmax.js';
import type { ImageManifest } from '../inference/models/manifest.js';
import { GatewayError } from '../shared/errors.js';

/**
 * Gives a model's scores of one picture their labels, the most probable first.
 *
 * @throws GatewayError `MODEL_RUN_FAILED` for scores that are no numbers
 */
export function toLabels(
  scores: Float32Array,
  { name, classes, scores: kind }: Pick<ImageManifest, 'name' | 'classes' | 'scores'>,
): ImageLabel[] {
  if (!scores.every(Number.isFinite)) {
    throw new GatewayError('MODEL_RUN_FAILED', `model "${name}" answered with values that are no numbers`);
  }
  const probabilities = kind === 'logits' ? softmax(scores) : scores;
  return classes
    .map((label, index) => ({ label, probability: probabilities[index] ?? 0 }))
    .sort((a, b) => b.probability - a.probability);
}

/** A vector of the same direction and of length 1; zeros stay zeros. */
export function toUnitLength(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
