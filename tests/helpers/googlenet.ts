import { GraphBuilder, type Value } from '../../src/training/onnx/graph-builder.js';
import type { OnnxAttributes, OnnxModel } from '../../src/training/onnx/model.js';
import { createRandom } from '../../src/training/random.js';

/** Widths of the inception modules: 1 x 1; 3 x 3 reduced and full; 5 x 5 reduced and full; behind the pool. */
const MODULES: readonly (readonly [name: string, ...widths: number[]])[] = [
  ['3a', 64, 96, 128, 16, 32, 32],
  ['3b', 128, 128, 192, 32, 96, 64],
  ['4a', 192, 96, 208, 16, 48, 64],
  ['4b', 160, 112, 224, 24, 64, 64],
  ['4c', 128, 128, 256, 24, 64, 64],
  ['4d', 112, 144, 288, 32, 64, 64],
  ['4e', 256, 160, 320, 32, 128, 128],
  ['5a', 256, 160, 320, 32, 128, 128],
  ['5b', 384, 192, 384, 48, 128, 128],
];

/**
 * GoogLeNet (Szegedy et al. 2015) as the ONNX model zoo has it, with random weights: input `data_0` `[1, 3, 224, 224]`,
 * output `prob_0`, a fixed batch of one.
 */
export function buildGoogLeNet(): OnnxModel {
  const builder = new GoogLeNet();
  return { graph: builder.build(), opset: 12, producer: 'test', metadata: {} };
}

class GoogLeNet {
  readonly #graph = new GraphBuilder();
  readonly #random = createRandom(1);

  build() {
    const graph = this.#graph;
    let x = this.#convolve(graph.input('data_0', [1, 3, 224, 224]), 'conv1', 64, 7, 2);
    x = this.#normalise(this.#pool(x, 2));
    x = this.#convolve(this.#convolve(x, 'conv2/reduce', 64, 1), 'conv2', 192, 3);
    x = this.#pool(this.#normalise(x), 2);
    for (const [name, ...widths] of MODULES) {
      if (name === '4a' || name === '5a') x = this.#pool(x, 2);
      x = this.#inception(x, name, widths);
    }
    const pooled = graph.single('AveragePool', [x], [1, 1024, 1, 1], { kernel_shape: { ints: [7, 7] } });
    const kept = graph.single('Dropout', [pooled], [1, 1024, 1, 1]);
    const flat = graph.single('Reshape', [kept, graph.integers([1, 1024])], [1, 1024]);
    const weights = this.#weights('classifier', [1000, 1024], 1024);
    const bias = this.#weights('classifier/bias', [1000], 1e6);
    const logits = graph.single('Gemm', [flat, weights, bias], [1, 1000], { transB: { int: 1 } });
    graph.output('prob_0', graph.single('Softmax', [logits], [1, 1000], { axis: { int: 1 } }));
    return graph.build('GoogLeNet');
  }

  #inception(
    x: Value,
    name: string,
    [one = 0, reduce3 = 0, three = 0, reduce5 = 0, five = 0, pooled = 0]: number[],
  ) {
    const branches = [
      this.#convolve(x, `${name}/1x1`, one, 1),
      this.#convolve(this.#convolve(x, `${name}/3x3_reduce`, reduce3, 1), `${name}/3x3`, three, 3),
      this.#convolve(this.#convolve(x, `${name}/5x5_reduce`, reduce5, 1), `${name}/5x5`, five, 5),
      this.#convolve(this.#pool(x, 1), `${name}/pool_proj`, pooled, 1),
    ];
    const [, , rows = 1, columns = 1] = x.dims;
    const width = one + three + five + pooled;
    return this.#graph.single('Concat', branches, [1, width, rows, columns], { axis: { int: 1 } });
  }

  #convolve(x: Value, name: string, filters: number, size: number, stride = 1): Value {
    const [, channels = 1, rows = 1, columns = 1] = x.dims.map(Number);
    const reach = (size - 1) / 2;
    const kernel = this.#weights(name, [filters, channels, size, size], channels * size * size);
    const bias = this.#weights(`${name}/bias`, [filters], 1e6);
    const dims = [1, filters, rows / stride, columns / stride];
    const sums = this.#graph.single('Conv', [x, kernel, bias], dims, {
      kernel_shape: { ints: [size, size] },
      pads: { ints: [reach, reach, reach, reach] },
      strides: { ints: [stride, stride] },
    });
    return this.#graph.single('Relu', [sums], dims);
  }

  /** 3 x 3; Caffe rounds sizes up, for which the model zoo has a zero behind. */
  #pool(x: Value, stride: number): Value {
    const [, channels = 1, rows = 1, columns = 1] = x.dims.map(Number);
    const attributes: OnnxAttributes = {
      kernel_shape: { ints: [3, 3] },
      strides: { ints: [stride, stride] },
      pads: { ints: stride === 1 ? [1, 1, 1, 1] : [0, 0, 1, 1] },
    };
    return this.#graph.single('MaxPool', [x], [1, channels, rows / stride, columns / stride], attributes);
  }

  #normalise(x: Value): Value {
    const attributes = {
      size: { int: 5 },
      alpha: { float: 1e-4 },
      beta: { float: 0.75 },
      bias: { float: 1 },
    };
    return this.#graph.single('LRN', [x], x.dims, attributes);
  }

  /** Variance 2 / inputs, by which ReLUs keep the scale (He et al. 2015). */
  #weights(name: string, dims: number[], inputs: number): Value {
    const length = dims.reduce((product, size) => product * size, 1);
    const deviation = Math.sqrt(2 / inputs);
    const data = Float32Array.from({ length }, () => this.#random.normal() * deviation);
    return this.#graph.initialiser(name, { type: 'float32', dims, data });
  }
}
