import type { LostWorker } from '../inference/workers/inference-pool.js';
import { messageOf } from '../shared/errors.js';
import type { Warn } from '../telemetry/log-warning.js';
import type { EventDependencies } from './event-dependencies.js';
import { toSeconds } from './to-seconds.js';

/** What happens to models. */
export interface ModelEvents {
  modelActivated(model: string, version: string): void;
  modelRefused(model: string, error: unknown): void;
  /** A model that knows simulated people only is to speak of phones that may be real. */
  modelIsSimulated(model: string): void;
  inferenceRun(model: string, windows: number, durationMs: number): void;
  inferenceFailed(model: string, error: unknown): void;
  /** A thread that runs models ended without being asked to; another takes its place. */
  inferenceWorkerLost(loss: LostWorker): void;
}

export function modelEvents({ logger, metrics }: EventDependencies, warn: Warn): ModelEvents {
  return {
    modelActivated: (model, version) => logger.info({ model, version }, 'model active'),
    modelRefused: (model, error) => logger.error({ model, error: messageOf(error) }, 'model refused'),
    modelIsSimulated: (model) =>
      logger.warn(
        { model },
        'model was made on simulated people: what it says of real ones means nothing; take it out of models.active',
      ),
    inferenceRun: (model, windows, durationMs) => {
      metrics.inferenceBatchWindows.observe({ model }, windows);
      metrics.inferenceSeconds.observe({ model }, toSeconds(durationMs));
    },
    inferenceFailed: (model, error) =>
      warn(`inference-failed/${model}`, { model, error: messageOf(error) }, 'model could not be run'),
    inferenceWorkerLost: ({ message, restartInMs }) => {
      metrics.inferenceWorkersLost.inc();
      warn('inference-worker-lost', { error: message, restartInMs }, 'inference worker lost; it is replaced');
    },
  };
}
