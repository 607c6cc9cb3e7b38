import type { HealthReport, PartHealth } from '../domain/health.js';
import type { FlowGate } from './flow-gate.js';

export interface HealthParts {
  readonly source: { health(): PartHealth };
  /** Undefined while the store works, else what it says. */
  readonly storeProblem: () => string | undefined;
  readonly inference: { readonly readyWorkers: number };
  readonly gate: FlowGate;
}

/** What is well and what is not; ready means that data is taken and results are kept. */
export function healthReport({ source, storeProblem, inference, gate }: HealthParts): HealthReport {
  const problem = storeProblem();
  const parts: PartHealth[] = [
    source.health(),
    { name: 'store', ok: problem === undefined, detail: problem ?? '' },
    {
      name: 'models',
      ok: inference.readyWorkers > 0,
      detail: inference.readyWorkers > 0 ? '' : 'no inference worker is running; it is being started again',
    },
    {
      name: 'load',
      ok: true,
      detail: gate.isOpen ? '' : `sources are slowed down by: ${gate.reasons.join(', ')}`,
    },
  ];
  return { ready: parts.every(({ ok }) => ok), parts };
}
