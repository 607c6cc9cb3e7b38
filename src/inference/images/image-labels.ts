import type { ImageLabel } from '../../domain/image.js';
import { GatewayError } from '../../shared/errors.js';
import type { ImageManifest } from '../models/manifest.js';

/** Probabilities of logits. */
export function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY);
  const powers = logits.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}

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
