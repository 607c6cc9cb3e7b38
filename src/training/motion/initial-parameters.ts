import type { Random } from '../random.js';
import type { HyperParameters } from './hyper-parameters.js';
import { type NetworkSpec, parameterCount, parameterSpecs, viewOf } from './network.js';

/**
 * Weights from N(0, initialStd), those of the branch of spectra from N(0, 2 / inputs) (He et al. 2015), and biases of 0
 * (forget gates: `forgetBias`), in the order of `parameterSpecs`.
 */
export function initialParameters(
  spec: NetworkSpec,
  hyper: Pick<HyperParameters, 'initialStd' | 'forgetBias'>,
  random: Random,
): Float32Array {
  const parameters = new Float32Array(parameterCount(spec));
  for (const parameter of parameterSpecs(spec)) {
    const view = viewOf(parameters, parameter);
    if (!parameter.name.endsWith('.bias')) {
      const std = parameter.name.startsWith('spectra')
        ? Math.sqrt(2 / (parameter.dims[0] ?? 1))
        : hyper.initialStd;
      view.forEach((_, index) => {
        view[index] = random.normal() * std;
      });
    } else if (parameter.name.startsWith('lstm')) {
      view.fill(hyper.forgetBias, 2 * spec.cells, 3 * spec.cells);
    }
  }
  return parameters;
}
