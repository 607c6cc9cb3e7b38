import { InferenceSession } from 'onnxruntime-node';
import { GatewayError, messageOf } from '../shared/errors.js';

/**
 * Loads a network that training has made.
 *
 * @throws GatewayError `TRAINING_FAILED`
 */
export async function createSession(model: Uint8Array, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
    });
  } catch (error) {
    throw new GatewayError('TRAINING_FAILED', `ONNX Runtime refused the network: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Values of an output. */
export function floatsOf(results: InferenceSession.ReturnType, name: string): Float32Array {
  const data = results[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`ONNX Runtime returned no float32 "${name}"`);
  return data;
}
