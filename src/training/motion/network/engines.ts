import type { CreateEngine } from '../run/train-request.js';

/** What may compute gradients: ONNX Runtime (fast), or TensorFlow.js with its own layers (the yardstick). */
export const ENGINES = ['onnx', 'layers'] as const;
export type EngineName = (typeof ENGINES)[number];

/** Each is loaded when it is made: the other one's libraries take half a second. */
const CREATE_ENGINE: Readonly<Record<EngineName, CreateEngine>> = {
  onnx: async (options) => await (await import('./onnx-engine.js')).createOnnxEngine(options),
  layers: async (options) => await (await import('./layers-engine.js')).createLayersEngine(options),
};

export function createEngineOf(name: EngineName): CreateEngine {
  return CREATE_ENGINE[name];
}
