import type { OperatorFunction } from 'rxjs';
import type { Config } from '../config/schema.js';
import type { DeviceId } from '../domain/ids.js';
import type { ImageClassifier } from '../domain/image.js';
import type { CameraFrame } from '../domain/message.js';
import type { ApparelPoint, Store } from '../domain/store.js';
import type { HttpDependencies } from '../http/dependencies.js';
import type { Clock } from '../shared/clock.js';
import { type OnFault, resultStage } from '../shared/faults.js';
import { buildApparelTimeline } from '../storage/apparel-timeline.js';
import { KeptFrames } from '../storage/kept-frames.js';
import { FrameClassifier, type FrameEvent } from '../stream/classify-frames.js';
import type { Events } from '../telemetry/events.js';
import { framesFolder } from './erasure/erasables.js';

export interface FrameDependencies {
  readonly classifier: ImageClassifier;
  /** The first active model that looks at people. */
  readonly peopleModel: () => string | undefined;
  readonly clock: Clock;
  readonly suppressed: { has(device: DeviceId): boolean };
}

/** What classifies the frames of devices, as configured. */
export function createFrameClassifier(
  { apparel, stream }: Config,
  dependencies: FrameDependencies,
): FrameClassifier {
  return new FrameClassifier({
    ...dependencies,
    modelForFrames: () => apparel.model ?? dependencies.peopleModel(),
    modelWithoutPeople: apparel.modelWithoutPeople,
    framesPerMinute: apparel.framesPerMinute,
    // Half of the room is for those who wait for an answer.
    maxFrames: Math.ceil(apparel.maxImages / 2),
    minProbability: apparel.minProbability,
    thresholds: apparel.thresholds,
    earliestMs: Date.parse(stream.earliest),
    futureMs: stream.futureMs,
  });
}

/** Keeps a frame's picture on the disk. */
export type KeepFrame = (frame: CameraFrame) => void;

export function frameWriter({ apparel, dataDir }: Config, events: Pick<Events, 'frameNotKept'>): KeepFrame {
  if (!apparel.keepFrames) return () => undefined;
  const folder = new KeptFrames(framesFolder(dataDir));
  return (frame) => void folder.keep(frame).catch(events.frameNotKept);
}

/** The labels of a frame. */
export interface ApparelLabels {
  readonly type: 'apparel';
  readonly points: readonly ApparelPoint[];
}

export interface KeepFramesOptions {
  readonly events: Pick<Events, 'frameReceived' | 'frameClassified' | 'frameRejected'>;
  readonly keep: KeepFrame;
}

/** Counts frames, keeps the pictures of those that have labels, and hands the labels on. */
export function keepFrames(
  { events, keep }: KeepFramesOptions,
  onFault?: OnFault,
): OperatorFunction<FrameEvent, ApparelLabels> {
  return resultStage('kept-frames', onFault, (event, emit) => {
    if (event.type === 'received') events.frameReceived();
    else if (event.type === 'rejected') events.frameRejected(event.reason, event.detail);
    else {
      events.frameClassified();
      emit({ type: 'apparel', points: event.points });
      keep(event.frame);
    }
  });
}

/** Kept frames live as long as their labels. */
export function withFrames({ dataDir }: Config, store: Pick<Store, 'expire'>): Pick<Store, 'expire'> {
  const frames = new KeptFrames(framesFolder(dataDir));
  return {
    expire: async (expiry) => {
      await store.expire(expiry);
      if (expiry.apparelBeforeMs !== undefined) await frames.expire(expiry.apparelBeforeMs);
    },
  };
}

/** Reads what a device's camera saw from the store. */
export function createApparelTimeline(
  { apparel: { holdMs } }: Config,
  store: Pick<Store, 'apparel'>,
): HttpDependencies['apparelTimeline'] {
  return async (device, range, nowMs) => {
    const points = await store.apparel(device, { ...range, fromMs: range.fromMs - holdMs });
    // Nothing is known of the future, unless a device's clock, or a replay, is ahead.
    const knownUntilMs = Math.max(nowMs, points.at(-1)?.atMs ?? nowMs);
    return buildApparelTimeline(points, { ...range, toMs: Math.min(range.toMs, knownUntilMs) }, holdMs);
  };
}

type Holder = { hasOf(device: DeviceId): boolean };

export function anyOf(...holders: readonly Holder[]): Holder {
  return { hasOf: (device) => holders.some((holder) => holder.hasOf(device)) };
}
