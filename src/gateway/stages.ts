import { filter, map, type SchedulerLike } from 'rxjs';
import { COMPANY_GRID } from '../company/signature-grid.js';
import type { Config } from '../config/schema.js';
import type { KnownPlacement } from '../domain/samples.js';
import type { StatusCaveats, StatusInterval } from '../domain/status.js';
import type { StatusPoint, TimeRange } from '../domain/store.js';
import type { ModelRegistry } from '../inference/model-registry.js';
import {
  type IsSimulatedPhone,
  isSimulated,
  type SequenceManifest,
  speaksOf,
  type TargetSpec,
  usableFilter,
} from '../inference/models/manifest.js';
import { isMadeFor, isWornElsewhere, manifestOf, tellerOf } from '../inference/models/tellers.js';
import type { PipelineStages } from '../pipeline.js';
import { gridSpecOf, windowSpecOf } from '../recordings/recording-windows.js';
import type { Clock } from '../shared/clock.js';
import { buildTimeline } from '../storage/timeline.js';
import type { SilenceOptions } from '../stream/silence.js';
import type { WindowSpec } from '../stream/sliding-window.js';
import { learntFilter, type StatusFilter } from '../stream/status-filter.js';
import { MOST_BACK_MS, type TrackOptions } from '../stream/status-tracker.js';
import type { SynchroniseOptions } from '../stream/synchronise/device-aligner.js';
import type { GridSpec } from '../stream/synchronise/grid-spec.js';
import type { SynchroniseOperatorOptions } from '../stream/synchronise/synchronise.js';
import type { TrackedTarget, TrackStatusOptions } from '../stream/track-status.js';
import type { Backpressure } from './backpressure.js';
import { batchingOf } from './latency.js';
import type { Placements } from './placements.js';
import type { Recovery } from './recovery.js';
import type { SuppressedDevices } from './suppressed-devices.js';

/** How often stages look for silence, milliseconds. */
const SWEEP_MS = 1000;
/** Until its next window is due, and half a stride late, a device is not silent, whatever is configured. */
const LEAST_SILENT_STRIDES = 1.5;
/** Over fewer windows than these there is nothing to smooth. */
const LEAST_SMOOTHED_STRIDES = 3;

/** What the stages that compute take from the rest of the gateway. */
export interface StageDependencies {
  readonly models: ModelRegistry;
  readonly recovery: Pick<Recovery, 'restoredPlatform' | 'restoredDevice' | 'restoredTracks'>;
  readonly backpressure: Pick<Backpressure, 'whenReleased'>;
  readonly suppressed: Pick<SuppressedDevices, 'letGo$'>;
  readonly placements: Pick<Placements, 'of'>;
  /** By which devices are silent. @defaultValue the scheduler */
  readonly silenceClock?: Clock;
  readonly isSimulatedPhone?: IsSimulatedPhone;
  readonly scheduler: SchedulerLike;
  /** By which batches of windows wait for more. @defaultValue the scheduler */
  readonly batchScheduler?: SchedulerLike | undefined;
  /** Whether the scheduler stands still while nobody reads, so that no silence is the gateway's own. @defaultValue false */
  readonly isTimeOfLog?: boolean | undefined;
}

/** Gives each stage that computes its part of the configuration and of the models. */
export function computingStages(
  config: Config,
  dependencies: StageDependencies,
): Pick<PipelineStages, 'decode' | 'synchronise' | 'window' | 'infer' | 'track'> {
  const { models, recovery, placements, scheduler, batchScheduler = scheduler } = dependencies;
  const { infer } = config;
  const shapes = new ModelShapes();
  const silence = silenceOptions(config, dependencies);
  return {
    decode: {
      settings: {
        platformOf: (device) => config.devices[device]?.platform ?? 'auto',
        isPressureUsed: config.company.enabled,
      },
      restore: (device) => recovery.restoredPlatform(device),
    },
    synchronise: { ...silence, ...synchroniseStage(config, dependencies, shapes) },
    window: {
      ...silence,
      specOf: (model, device) => {
        const manifest = manifestOf(models.manifests, model);
        if (manifest === undefined || !speaksOf(manifest, device, dependencies.isSimulatedPhone))
          return undefined;
        return shapes.of(manifest).window;
      },
    },
    infer: {
      models,
      minCoverage: infer.minCoverage,
      batching: batchingOf(infer),
      scheduler: batchScheduler,
      isMadeFor: (model, device) => {
        const manifest = manifestOf(models.manifests, model);
        return manifest === undefined || isMadeFor(manifest, placements.of(device));
      },
    },
    track: { ...silence, ...trackStage(config, dependencies) },
  };
}

function silenceOptions(
  { stream }: Config,
  { silenceClock, isTimeOfLog = false, suppressed }: StageDependencies,
): SilenceOptions {
  return { silenceClock, isTimeOfLog, letGo$: suppressed.letGo$, idleMs: stream.idleMs, sweepMs: SWEEP_MS };
}

function synchroniseStage(
  { stream, infer, company }: Config,
  { models, recovery, backpressure }: StageDependencies,
  shapes: ModelShapes,
): Omit<SynchroniseOperatorOptions, keyof SilenceOptions> {
  return {
    ...synchroniseOptions(stream),
    quietMs: stream.quietMs,
    maxDevices: stream.maxDevices,
    minCoverage: infer.minCoverage,
    grids: () => [
      ...models.manifests.map((manifest) => shapes.of(manifest).grid),
      ...(company.enabled ? [COMPANY_GRID] : []),
    ],
    gridsChanged$: models.events$.pipe(
      filter((event) => event.type === 'added' || (event.type === 'changed' && event.isGridChanged)),
      map(() => undefined),
    ),
    restore: (device) => recovery.restoredDevice(device),
    whenReleased: () => backpressure.whenReleased(),
  };
}

function trackStage(
  config: Config,
  { models, recovery, placements }: StageDependencies,
): Omit<TrackStatusOptions, keyof SilenceOptions> {
  const targets = new TargetsOfModels(config);
  return {
    optionsOf: (target) => atPaceOf(trackOptions(config, target), models.manifests, target),
    targetsOf: (model, device) =>
      models.isCandidate(model) ? [] : targets.of(models.manifests, model, placements.of(device)),
    isWornElsewhere: (device, target) => {
      const worn = placements.of(device);
      return worn !== 'assumed' && isWornElsewhere(activeOf(models), target, worn);
    },
    restored: recovery.restoredTracks(),
  };
}

/** How a target is tracked: the common settings with its own on top. */
export function trackOptions({ track }: Config, target: string): TrackOptions {
  const own = track.targets[target] ?? {};
  return {
    smoothingMs: own.smoothingMs ?? track.smoothingMs,
    hysteresis: own.hysteresis ?? track.hysteresis,
    dwellMs: own.dwellMs ?? track.dwellMs,
    silenceMs: own.silenceMs ?? track.silenceMs,
    heartbeatMs: own.heartbeatMs ?? track.heartbeatMs,
  };
}

/**
 * The same, for the pace of the models that tell the target: silence is no shorter than a device that sends without a pause
 * needs from window to window, and what is smoothed at all is smoothed over some windows.
 */
export function atPaceOf(
  options: TrackOptions,
  manifests: readonly Pick<SequenceManifest, 'targets' | 'strideSamples' | 'samplingRateHz'>[],
  target: string,
): TrackOptions {
  const strides = manifests
    .filter(({ targets }) => targets.some(({ name }) => name === target))
    .map(({ strideSamples, samplingRateHz }) => (strideSamples / samplingRateHz) * 1000);
  const strideMs = Math.max(0, ...strides);
  const { smoothingMs, silenceMs } = options;
  return {
    ...options,
    smoothingMs: smoothingMs === 0 ? 0 : Math.max(smoothingMs, LEAST_SMOOTHED_STRIDES * strideMs),
    silenceMs: Math.max(silenceMs, LEAST_SILENT_STRIDES * strideMs),
  };
}

/** The models whose word counts, in the order in which they are asked. */
export function activeOf(models: Pick<ModelRegistry, 'manifests' | 'isCandidate'>): SequenceManifest[] {
  return models.manifests.filter(({ name }) => !models.isCandidate(name));
}

/** What must be known to judge a status of a device that is worn there. */
export function caveatsOf(
  active: readonly SequenceManifest[],
  target: string,
  worn: KnownPlacement,
): StatusCaveats {
  const teller = tellerOf(active, target, worn);
  if (teller === undefined) return {};
  return {
    ...(isSimulated(teller) && { simulated: true }),
    ...(worn === 'assumed' && teller.placement !== 'any' && { placement: 'assumed' }),
  };
}

/** The targets each model decides, with the filter that their statuses go through. */
class TargetsOfModels {
  readonly #config: Config;
  readonly #targets = new WeakMap<TargetSpec, TrackedTarget>();

  constructor(config: Config) {
    this.#config = config;
  }

  /** Those that no model before it tells of a device worn there. */
  of(manifests: readonly SequenceManifest[], model: string, worn: KnownPlacement): TrackedTarget[] {
    const { targets = [] } = manifestOf(manifests, model) ?? {};
    return targets
      .filter(({ name }) => tellerOf(manifests, name, worn)?.name === model)
      .map((target) => this.#tracked(target));
  }

  #tracked(target: TargetSpec): TrackedTarget {
    const known = this.#targets.get(target);
    if (known !== undefined) return known;
    const tracked = { ...target, filter: statusFilterOf(this.#config, target) };
    this.#targets.set(target, tracked);
    return tracked;
  }
}

/** The filter that a model's statuses go through, with the settings on top; `undefined` where they are smoothed. */
export function statusFilterOf(
  { track }: Config,
  target: {
    readonly name: string;
    readonly classes: readonly string[];
    readonly filter?: TargetSpec['filter'];
  },
): StatusFilter | undefined {
  const learnt = usableFilter(target);
  const own = track.targets[target.name] ?? {};
  if (learnt === undefined || (own.filter ?? track.filter) === 'smoothing') return undefined;
  const filter = learntFilter(target.classes, learnt);
  const certainty = own.certainty ?? track.certainty;
  const statuses = filter.statuses.map((one) => ({ ...one, certainty: certainty ?? one.certainty }));
  return {
    statuses,
    meanDurationMs: own.meanDurationMs ?? track.meanDurationMs ?? filter.meanDurationMs,
    independentMs: own.independentMs ?? track.independentMs ?? filter.independentMs,
  };
}

interface Shape {
  readonly grid: GridSpec;
  readonly window: WindowSpec;
}

/** The grids and window shapes of models: the same object as long as the shape is the same, so that rows are kept. */
class ModelShapes {
  readonly #shapes = new Map<string, { manifest: SequenceManifest; readonly shape: Shape }>();

  of(manifest: SequenceManifest): Shape {
    const known = this.#shapes.get(manifest.name);
    if (known?.manifest === manifest) return known.shape;
    const shape = { grid: gridSpecOf(manifest), window: windowSpecOf(manifest) };
    if (known !== undefined && JSON.stringify(known.shape) === JSON.stringify(shape)) {
      known.manifest = manifest;
      return known.shape;
    }
    this.#shapes.set(manifest.name, { manifest, shape });
    return shape;
  }
}

/**
 * Builds timelines whose idea of silence follows from how statuses are tracked.
 *
 * @param manifestsOf the active sequence models: with a filter of theirs heartbeats may be further apart
 */
export function createTimelineBuilder(
  config: Config,
  manifestsOf: () => readonly Pick<SequenceManifest, 'targets'>[],
): (points: readonly StatusPoint[], range: TimeRange) => readonly StatusInterval[] {
  return (points, range) => {
    const target = points[0]?.target;
    if (target === undefined) return [];
    const { heartbeatMs, silenceMs, dwellMs } = trackOptions(config, target);
    const told = manifestsOf().flatMap(({ targets }) => targets.filter(({ name }) => name === target));
    // While a change may still be dated back no heartbeat is said.
    const isDatedBack = told.some((each) => statusFilterOf(config, each) !== undefined);
    const longestBeatMs = heartbeatMs + Math.max(dwellMs, isDatedBack ? MOST_BACK_MS : 0) + silenceMs;
    return buildTimeline(points, range, { silenceMs: longestBeatMs, longestGapMs: longestBeatMs });
  };
}

/** The synchroniser's settings as the configuration has them. */
export function synchroniseOptions(stream: Config['stream']): SynchroniseOptions {
  return { ...stream, earliestMs: Date.parse(stream.earliest) };
}
