const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** What the optimiser has to remember, plain. */
export interface AdamState {
  readonly steps: number;
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

/** State of the optimiser Adam (Kingma & Ba 2015), with decoupled weight decay (Loshchilov & Hutter 2019). */
export class Adam {
  readonly #mean: Float32Array;
  readonly #square: Float32Array;
  readonly #frozen: Uint8Array | undefined;
  #steps = 0;

  /** @param frozen 1 where a parameter stays as it is; absent: none does */
  constructor(parameterCount: number, frozen?: Uint8Array) {
    this.#frozen = frozen;
    this.#mean = new Float32Array(parameterCount);
    this.#square = new Float32Array(parameterCount);
  }

  /** A copy of what it remembers. */
  state(): AdamState {
    return { steps: this.#steps, mean: this.#mean.slice(), square: this.#square.slice() };
  }

  /** Goes on from there. */
  restore({ steps, mean, square }: AdamState): void {
    this.#steps = steps;
    this.#mean.set(mean);
    this.#square.set(square);
  }

  /** Moves `parameters` against `gradients`, in place. */
  step(parameters: Float32Array, gradients: Float32Array, learningRate: number, weightDecay: number): void {
    this.#steps += 1;
    const mean = this.#mean;
    const square = this.#square;
    const rate = (learningRate * Math.sqrt(1 - BETA_2 ** this.#steps)) / (1 - BETA_1 ** this.#steps);
    const decay = learningRate * weightDecay;
    for (let i = 0; i < parameters.length; i++) {
      if (this.#frozen?.[i] === 1) continue;
      const gradient = gradients[i] ?? 0;
      const m = BETA_1 * (mean[i] ?? 0) + (1 - BETA_1) * gradient;
      const v = BETA_2 * (square[i] ?? 0) + (1 - BETA_2) * gradient * gradient;
      mean[i] = m;
      square[i] = v;
      const value = parameters[i] ?? 0;
      parameters[i] = value - (rate * m) / (Math.sqrt(v) + EPSILON) - decay * value;
    }
  }
}
