import { InferenceSession } from 'onnxruntime-node';
import { GatewayError, messageOf } from '../shared/errors.js';
import { requireSelfContained } from './models/external-data.js';

/**
 * Loads a network into ONNX Runtime, to be run on the calling thread.
 *
 * @param name of the model or its file, for messages
 * @throws GatewayError `MODEL_INVALID` when it keeps values in other files, or ONNX Runtime does not take it
 */
export async function openOnnxSession(
  model: Uint8Array,
  name: string,
  threads: number,
): Promise<InferenceSession> {
  requireSelfContained(model);
  try {
    return await InferenceSession.create(model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
    });
  } catch (error) {
    throw new GatewayError('MODEL_INVALID', `ONNX Runtime does not take ${name}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

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
