// The image network of an ONNX file on TensorFlow.js' WASM backend: the yardstick for ONNX Runtime on the same network.
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { decodeModel } from '../../../build/training/onnx/decode-model.js';

const FLOAT_OF_HALF = (bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * 2 ** -14 * (fraction / 1024);
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
};

const ints = (node, name, fallback) => node.attributes[name]?.ints ?? fallback;
const int = (node, name, fallback) => node.attributes[name]?.int ?? fallback;

/** Kernels are laid out as TensorFlow.js wants them: height, width, in, out (or multiplier). */
function constantOf(tensor) {
  const data = tensor.type === 'float16' ? Float32Array.from(tensor.data, FLOAT_OF_HALF) : tensor.data;
  const value = tf.tensor(data, [...tensor.dims], 'float32');
  return value.rank === 4 ? tf.transpose(value, [2, 3, 1, 0]) : value;
}

function convolution(node, [x, kernel, bias]) {
  const [top, left, bottom, right] = ints(node, 'pads', [0, 0, 0, 0]);
  const padded = tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  const strides = ints(node, 'strides', [1, 1]);
  const isDepthwise = int(node, 'group', 1) > 1;
  const y = isDepthwise
    ? tf.depthwiseConv2d(padded, tf.transpose(kernel, [0, 1, 3, 2]), strides, 'valid')
    : tf.conv2d(padded, kernel, strides, 'valid');
  return bias === undefined ? y : tf.add(y, bias);
}

/** Pictures lie as [batch, height, width, channels] here. */
const OPERATORS = {
  Cast: (_node, [x]) => x,
  Identity: (_node, [x]) => x,
  Conv: convolution,
  Clip: (_node, [x, low, high]) => tf.clipByValue(x, low.dataSync()[0], high.dataSync()[0]),
  Relu: (_node, [x]) => tf.relu(x),
  Add: (_node, [a, b]) => tf.add(a, b),
  Mul: (_node, [a, b]) => tf.mul(a, b),
  GlobalAveragePool: (_node, [x]) => tf.mean(x, [1, 2], true),
  Flatten: (_node, [x]) => tf.reshape(x, [x.shape[0], -1]),
  MatMul: (_node, [a, b]) => tf.matMul(a, b),
  Gemm: (node, [a, b, c]) => {
    const product = tf.matMul(a, b, int(node, 'transA', 0) === 1, int(node, 'transB', 0) === 1);
    return c === undefined ? product : tf.add(product, c);
  },
  Softmax: (_node, [x]) => tf.softmax(x),
};

/**
 * @param {Uint8Array} bytes of an ONNX file
 * @returns {Promise<(input: Float32Array, dims: readonly number[], output: string) => Float32Array>} runs it on a batch [n, 3, h, w]
 */
export async function createTfjsRunner(bytes) {
  await tf.setBackend('wasm');
  await tf.ready();
  const { graph } = decodeModel(bytes);
  const unknown = graph.nodes.filter(({ opType }) => OPERATORS[opType] === undefined);
  if (unknown.length > 0) throw new Error(`no operator ${unknown[0].opType} here`);
  const constants = new Map([...graph.initialisers].map(([name, tensor]) => [name, constantOf(tensor)]));
  return (input, dims, output) => {
    const result = tf.tidy(() => {
      const values = new Map(constants);
      values.set(graph.inputs[0].name, tf.transpose(tf.tensor(input, [...dims]), [0, 2, 3, 1]));
      for (const node of graph.nodes) {
        const inputs = node.inputs.map((name) => values.get(name));
        values.set(node.outputs[0], OPERATORS[node.opType](node, inputs));
      }
      return values.get(output);
    });
    const data = result.dataSync();
    result.dispose();
    return data;
  };
}
