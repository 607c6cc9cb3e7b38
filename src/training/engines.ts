import { createLayersEngine } from './layers-engine.js';
import { createOnnxEngine } from './onnx-engine.js';
import type { CreateEngine } from './train-request.js';

/** What may compute gradients: ONNX Runtime (fast), or TensorFlow.js with its own layers (the yardstick). */
export const ENGINES = ['onnx', 'layers'] as const;
export type EngineName = (typeof ENGINES)[number];

export function createEngineOf(name: EngineName): CreateEngine {
  return name === 'onnx' ? createOnnxEngine : createLayersEngine;
}
