import type { Random } from '../random.js';
import type { HyperParameters } from './hyper-parameters.js';
import { type NetworkSpec, parameterCount, parameterSpecs, viewOf } from './network.js';

/** Weights from N(0, initialStd) and biases of 0 (forget gates: `forgetBias`), in the order of `parameterSpecs`. */
export function initialParameters(
  spec: NetworkSpec,
  hyper: Pick<HyperParameters, 'initialStd' | 'forgetBias'>,
  random: Random,
): Float32Array {
  const parameters = new Float32Array(parameterCount(spec));
  for (const parameter of parameterSpecs(spec)) {
    const view = viewOf(parameters, parameter);
    if (!parameter.name.endsWith('.bias')) {
      view.forEach((_, index) => {
        view[index] = random.normal() * hyper.initialStd;
      });
    } else if (parameter.name.startsWith('lstm')) {
      view.fill(hyper.forgetBias, 2 * spec.cells, 3 * spec.cells);
    }
  }
  return parameters;
}
