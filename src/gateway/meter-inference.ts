import { finalize, type OperatorFunction } from 'rxjs';
import type { WindowOutcome } from '../domain/prediction.js';
import { type OnFault, resultStage } from '../shared/faults.js';
import type { InferenceEvent } from '../stream/infer.js';
import type { Events } from '../telemetry/events.js';
import type { Backpressure } from './backpressure.js';

export interface InferenceMeters {
  readonly events: Pick<Events, 'inferenceRun' | 'inferenceFailed'>;
  readonly backpressure: Pick<Backpressure, 'set'>;
}

/** Reports how inference does, slows sources down while its queues are long, and lets outcomes pass. */
export function meterInference(
  { events, backpressure }: InferenceMeters,
  onFault?: OnFault,
): OperatorFunction<InferenceEvent, WindowOutcome> {
  const meter = resultStage<InferenceEvent, WindowOutcome>('meters', onFault, (event, emit) => {
    switch (event.type) {
      case 'outcome':
        emit(event.outcome);
        break;
      case 'batch':
        events.inferenceRun(event.run.model, event.run.items, event.run.ranMs);
        break;
      case 'failed':
        events.inferenceFailed(event.failure.model, event.failure.error);
        break;
      case 'congested':
        backpressure.set('inference', event.isCongested);
        break;
    }
  });
  return (events$) =>
    events$.pipe(
      meter,
      finalize(() => backpressure.set('inference', false)),
    );
}
