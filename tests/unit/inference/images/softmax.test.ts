import { expect, it } from 'vitest';
import { softmax } from '../../../../src/inference/images/image-labels.js';

it('turns logits into probabilities, however large they are', () => {
  const [a = 0, b = 0] = softmax(Float32Array.of(1000, 1000 + Math.log(3)));
  expect(a).toBeCloseTo(0.25, 4);
  expect(b).toBeCloseTo(0.75, 4);
});
