import type { HealthReport, PartHealth } from '../domain/health.js';
import type { FlowGate } from './backpressure.js';

export interface HealthParts {
  readonly source: { health(): PartHealth };
  /** Its problem is undefined while the store works; a note is for people only. */
  readonly store: { problem(): string | undefined; note?(): string };
  readonly journal: { readonly problem: string | undefined };
  /** Each kind of model has workers of its own. */
  readonly inference: readonly { readonly readyWorkers: number }[];
  readonly gate: FlowGate;
}

/** What is well and what is not; ready means that data is taken and results are kept. */
export function healthReport({ source, store, journal, inference, gate }: HealthParts): HealthReport {
  const canInfer = inference.every(({ readyWorkers }) => readyWorkers > 0);
  const parts: PartHealth[] = [
    source.health(),
    partOf('store', store.problem(), store.note?.()),
    partOf('journal', journal.problem),
    {
      name: 'models',
      ok: canInfer,
      detail: canInfer ? '' : 'no inference worker is running; it is being started again',
    },
    {
      name: 'load',
      ok: true,
      detail: gate.isOpen ? '' : `sources are slowed down by: ${gate.reasons.join(', ')}`,
    },
  ];
  return { ready: parts.every(({ ok }) => ok), parts };
}

function partOf(name: string, problem: string | undefined, note = ''): PartHealth {
  return { name, ok: problem === undefined, detail: problem ?? note };
}
