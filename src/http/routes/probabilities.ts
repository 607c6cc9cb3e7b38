import { z } from 'zod';
import type { DeviceId } from '../../domain/ids.js';
import type { Store, StoredWindow, TimeRange } from '../../domain/store.js';
import { requireDevice } from '../answers/read-timeline.js';
import { readWindowPages } from '../answers/windows-answer.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp, HttpOptions } from '../options.js';
import { jsonAnswer, problemAnswers } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import { deviceParamsSchema, probabilitiesAnswerSchema } from '../schemas.js';
import { resolveTimeRange, timeRangeShape } from '../time-range.js';

const MAX_POINTS = 1000;

const querySchema = z.object({
  ...timeRangeShape,
  points: z.coerce.number().int().min(1).max(MAX_POINTS).default(300),
  model: z.string().min(1).max(64).optional().describe('Only windows of this model'),
});

/** `GET /v1/devices/:id/probabilities`: what the models said, thinned for a plot. */
export function addProbabilitiesRoute(
  app: HttpApp,
  options: HttpOptions,
  dependencies: HttpDependencies,
): void {
  const { clock, store } = dependencies;
  app.get(
    '/v1/devices/:id/probabilities',
    {
      config: { scope: 'read', errors: { 503: UNAVAILABLE.store } },
      handlerTimeout: options.queryTimeoutMs,
      schema: {
        operationId: 'getProbabilities',
        summary: 'Mean probabilities and coverage in slots of equal length, by default of the last 24 hours',
        tags: ['devices'],
        params: deviceParamsSchema,
        querystring: querySchema,
        response: { 200: jsonAnswer('The points', probabilitiesAnswerSchema), ...problemAnswers },
      },
    },
    async ({ params: { id: device }, query: { points, model, ...times } }) => {
      const range = resolveTimeRange(times, clock.nowMs());
      const found = await readProbabilities(store, { device, range, points, model });
      if (found.length === 0) await requireDevice(device, dependencies);
      return { device, sampled: isSampled(range), points: found.map((point) => ({ ...point })) };
    },
  );
}

/** Up to here every window is read; of longer ranges some of each slot. */
const EXACT_SPAN_MS = 6 * 3_600_000;
/** Windows read of a slot of a longer range: enough for a line, few enough for a year. */
const SAMPLE_WINDOWS = 12;

/** Means over the windows that end in one slot of time. */
interface ProbabilityPoint {
  readonly fromMs: number;
  readonly toMs: number;
  readonly windows: number;
  readonly coverage: number;
  /** By target, as windows have them. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Where the windows of a range come from and how finely they are told apart. */
interface ProbabilityQuery {
  readonly device: DeviceId;
  readonly range: TimeRange;
  readonly points: number;
  readonly model: string | undefined;
}

/** True where the points are means over some windows of each slot. */
function isSampled({ fromMs, toMs }: TimeRange): boolean {
  return toMs - fromMs > EXACT_SPAN_MS;
}

/** Probabilities over a time range, in slots of equal length; slots without windows are left out. */
async function readProbabilities(
  store: Pick<Store, 'windows'>,
  query: ProbabilityQuery,
): Promise<ProbabilityPoint[]> {
  const { range, points } = query;
  const stepMs = (range.toMs - range.fromMs) / points;
  const slots = isSampled(range) ? sampleSlots(store, query, stepMs) : allSlots(store, query, stepMs);
  const means: ProbabilityPoint[] = [];
  for await (const [slot, windows] of slots) {
    const fromMs = range.fromMs + slot * stepMs;
    means.push({ fromMs, toMs: fromMs + stepMs, windows: windows.length, ...meansOf(windows) });
  }
  return means;
}

type Slots = AsyncGenerator<readonly [number, readonly StoredWindow[]], undefined>;

async function* sampleSlots(
  store: Pick<Store, 'windows'>,
  { device, range, points, model }: ProbabilityQuery,
  stepMs: number,
): Slots {
  for (let slot = 0; slot < points; slot++) {
    const fromMs = range.fromMs + slot * stepMs;
    const read = await store.windows(device, { fromMs, toMs: fromMs + stepMs }, SAMPLE_WINDOWS);
    const windows = model === undefined ? read : read.filter((window) => window.model === model);
    if (windows.length > 0) yield [slot, windows];
  }
}

async function* allSlots(
  store: Pick<Store, 'windows'>,
  { device, range, model }: ProbabilityQuery,
  stepMs: number,
): Slots {
  let current = 0;
  let collected: StoredWindow[] = [];
  for await (const page of readWindowPages(store, { device, range, model })) {
    for (const window of page) {
      const slot = Math.floor((window.endMs - range.fromMs) / stepMs);
      if (slot !== current && collected.length > 0) {
        yield [current, collected];
        collected = [];
      }
      current = slot;
      collected.push(window);
    }
  }
  if (collected.length > 0) yield [current, collected];
}

function meansOf(windows: readonly StoredWindow[]): Pick<ProbabilityPoint, 'coverage' | 'probabilities'> {
  const names = new Set(windows.flatMap(({ probabilities }) => Object.keys(probabilities)));
  const probabilities = Object.fromEntries(
    [...names].map((name) => [name, mean(windows.flatMap((window) => window.probabilities[name] ?? []))]),
  );
  return { coverage: mean(windows.map(({ coverage }) => coverage)), probabilities };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
