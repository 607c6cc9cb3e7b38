import { finalize, type OperatorFunction } from 'rxjs';
import type { WindowOutcome } from '../domain/window.js';
import { type OnFault, resultStage } from '../shared/faults.js';
import type { InferenceEvent } from '../stream/infer.js';
import type { Events } from '../telemetry/events.js';

/** Tells sources to slow down while anything downstream has too much to do. */
export class Backpressure {
  readonly #reasons = new Set<string>();
  #whenReleased: Promise<void> | undefined;
  #release: () => void = () => undefined;

  get isOn(): boolean {
    return this.#reasons.size > 0;
  }

  /** Why it is on, for people. */
  get reasons(): readonly string[] {
    return [...this.#reasons];
  }

  /** Turns it on for a reason, or takes that reason back. */
  set(reason: string, isTooMuch: boolean): void {
    if (isTooMuch) this.#reasons.add(reason);
    else this.#reasons.delete(reason);
    if (this.isOn || this.#whenReleased === undefined) return;
    this.#whenReleased = undefined;
    this.#release();
  }

  /** Resolves when sources need not slow down any more; `undefined` when they need not now. */
  whenReleased(): Promise<void> | undefined {
    if (!this.isOn) return undefined;
    this.#whenReleased ??= new Promise((resolve) => {
      this.#release = resolve;
    });
    return this.#whenReleased;
  }
}

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
