import { z } from 'zod';
import { type DeviceId, parseDeviceId } from '../../domain/ids.js';
import type { StoredWindow, TimeRange } from '../../domain/store.js';
import { isBinary, type SequenceManifest } from '../../inference/models/manifest.js';
import { type DisagreementInterval, NO_COMPARISON, WindowComparison } from '../answers/compare-windows.js';
import { readWindowPages } from '../answers/windows-answer.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../options.js';
import { HttpProblem, jsonAnswer, problemAnswers, queryProblem } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import { resolveTimeRange, timeRangeShape } from '../time-range.js';

const MAX_INTERVALS = 10_000;

const querySchema = z.object({
  ...timeRangeShape,
  device: z.string().optional().describe('Only this device'),
  limit: z.coerce.number().int().min(0).max(MAX_INTERVALS).default(1000).describe('Intervals at most'),
});

const answerSchema = z
  .object({
    candidate: z.string(),
    version: z.string(),
    fromMs: z.number(),
    toMs: z.number(),
    targets: z.array(
      z.object({
        target: z.string(),
        model: z.string().describe('The model in service that decides this target'),
        modelVersion: z.string(),
        windows: z.int().nonnegative().describe('Windows that both have'),
        disagreements: z.int().nonnegative(),
        rate: z.number().nullable().describe('Share of windows in which they disagree, 0 to 1'),
        onlyModel: z
          .int()
          .nonnegative()
          .describe('Windows that only the model in service takes for positive'),
        onlyCandidate: z.int().nonnegative(),
        meanDifference: z.number().nullable().describe('Mean distance between the two probabilities'),
      }),
    ),
    intervals: z
      .array(
        z.object({
          device: z.string(),
          target: z.string(),
          fromMs: z.number(),
          toMs: z.number().describe('Not included'),
          model: z.enum(['yes', 'no']).describe('What the model in service says'),
          candidate: z.enum(['yes', 'no']),
          windows: z.int().positive(),
        }),
      )
      .describe('Where they disagree, by device and target, oldest first'),
    truncated: z.boolean().describe('true: there are more intervals'),
  })
  .meta({ id: 'Disagreement' });

type Answer = z.infer<typeof answerSchema>;

/** `GET /v1/models/:name/disagreement`: where a candidate says something else than the models in service. */
export function addDisagreementRoute(app: HttpApp, dependencies: HttpDependencies): void {
  app.get(
    '/v1/models/:name/disagreement',
    {
      config: { scope: 'read', errors: { 503: UNAVAILABLE.store } },
      schema: {
        operationId: 'compareCandidate',
        summary:
          'Where a candidate (models.candidates) disagrees with the models in service, window by window',
        description:
          'By default the last 24 hours. Windows are compared as they are, before smoothing and dwell.',
        tags: ['models'],
        params: z.object({ name: z.string().max(64) }),
        querystring: querySchema,
        response: { 200: jsonAnswer('Rates and intervals', answerSchema), ...problemAnswers },
      },
    },
    async ({ params: { name }, query: { device, limit, ...times } }) => {
      const candidate = dependencies.candidates().find((manifest) => manifest.name === name);
      if (candidate === undefined) {
        throw new HttpProblem(404, `There is no candidate ${name}; models.candidates names those there are`);
      }
      const range = resolveTimeRange(times, dependencies.clock.nowMs());
      const devices = device === undefined ? await dependencies.store.devices() : [deviceNamed(device)];
      return await compare(candidate, devices, range, limit, dependencies);
    },
  );
}

function deviceNamed(text: string): DeviceId {
  const device = parseDeviceId(text);
  if (device !== undefined) return device;
  throw queryProblem('device', 'not a device name');
}

interface Pair {
  readonly target: string;
  readonly threshold: number;
  readonly active: SequenceManifest;
  readonly activeThreshold: number;
}

async function compare(
  candidate: SequenceManifest,
  devices: readonly DeviceId[],
  range: TimeRange,
  limit: number,
  { models, store }: Pick<HttpDependencies, 'models' | 'store'>,
): Promise<Answer> {
  const pairs = pairsOf(
    candidate,
    models().filter((manifest) => manifest.kind === 'sequence'),
  );
  const totals = pairs.map(() => ({ ...NO_COMPARISON }));
  const intervals: DisagreementInterval[] = [];
  for (const device of devices) {
    const comparisons = pairs.map((pair) => comparisonOf(device, pair, candidate));
    for await (const page of readWindowPages(store, { device, range, model: undefined })) {
      for (const window of inOrder(page, candidate.name)) {
        for (const [index, { active }] of pairs.entries()) {
          const isCandidate = window.model === candidate.name;
          if (isCandidate || window.model === active.name) comparisons[index]?.add(window, isCandidate);
        }
      }
    }
    for (const [index, { counts, intervals: found }] of comparisons.entries()) {
      const total = totals[index];
      if (total !== undefined) for (const key of COUNTS) total[key] += counts[key];
      for (const interval of found) intervals.push(interval);
    }
  }
  return {
    candidate: candidate.name,
    version: candidate.version,
    ...range,
    targets: pairs.map((pair, index) => targetAnswer(pair, totals[index] ?? NO_COMPARISON)),
    intervals: intervals.slice(0, limit).map(intervalAnswer),
    truncated: intervals.length > limit,
  };
}

const COUNTS = ['windows', 'disagreements', 'onlyActive', 'onlyCandidate', 'differenceSum'] as const;

/** The binary targets of a candidate that a model in service decides; the first that has one decides it. */
function pairsOf(candidate: SequenceManifest, actives: readonly SequenceManifest[]): Pair[] {
  return candidate.targets.filter(isBinary).flatMap(({ name, threshold }) => {
    const active = actives.find(({ targets }) =>
      targets.some((target) => target.name === name && isBinary(target)),
    );
    const own = active?.targets.find((target) => target.name === name);
    if (active === undefined || own === undefined) return [];
    return [{ target: name, threshold, active, activeThreshold: own.threshold }];
  });
}

function comparisonOf(device: DeviceId, pair: Pair, candidate: SequenceManifest): WindowComparison {
  return new WindowComparison(
    device,
    pair.target,
    { threshold: pair.activeThreshold, strideMs: strideMs(pair.active) },
    { threshold: pair.threshold, strideMs: strideMs(candidate) },
  );
}

function strideMs({ strideSamples, samplingRateHz }: SequenceManifest): number {
  return (strideSamples * 1000) / samplingRateHz;
}

/** Of windows that end together the candidate's come last. */
function inOrder(page: readonly StoredWindow[], candidate: string): StoredWindow[] {
  return [...page].sort(
    (a, b) => a.endMs - b.endMs || Number(a.model === candidate) - Number(b.model === candidate),
  );
}

function targetAnswer({ target, active }: Pair, counts: typeof NO_COMPARISON): Answer['targets'][number] {
  const { windows, disagreements, onlyActive, onlyCandidate, differenceSum } = counts;
  const share = (value: number): number | null => (windows === 0 ? null : value / windows);
  return {
    target,
    model: active.name,
    modelVersion: active.version,
    windows,
    disagreements,
    onlyCandidate,
    onlyModel: onlyActive,
    rate: share(disagreements),
    meanDifference: share(differenceSum),
  };
}

function intervalAnswer({ active, ...interval }: DisagreementInterval): Answer['intervals'][number] {
  return { ...interval, model: active ? 'yes' : 'no', candidate: active ? 'no' : 'yes' };
}
