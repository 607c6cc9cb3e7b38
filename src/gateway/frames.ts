import type { Config } from '../config/schema.js';
import type { DeviceId } from '../domain/ids.js';
import type { ImageClassifier } from '../domain/image.js';
import type { CameraFrame } from '../domain/message.js';
import type { Store } from '../domain/store.js';
import type { HttpDependencies } from '../http/dependencies.js';
import type { Clock } from '../shared/clock.js';
import { buildApparelTimeline } from '../storage/apparel-timeline.js';
import { KeptFrames } from '../storage/kept-frames.js';
import { FrameDesk } from '../stream/classify-frames.js';
import type { Events } from '../telemetry/events.js';
import { framesFolder } from './erasure/erasables.js';
import type { ResultHub } from './results.js';

export interface FrameDependencies {
  readonly classifier: ImageClassifier;
  readonly clock: Clock;
  readonly events: Pick<Events, 'frameReceived' | 'frameClassified' | 'frameRejected' | 'frameNotKept'>;
  readonly forgotten: { has(device: DeviceId): boolean };
  readonly hub: Pick<ResultHub, 'acceptApparel'>;
}

/** Where the frames of devices go: through the image model, into the results, and out of the gateway's memory. */
export function openFrameDesk(config: Config, dependencies: FrameDependencies): FrameDesk {
  const { classifier, clock, events, forgotten, hub } = dependencies;
  const { apparel, stream } = config;
  const keep = apparel.keepFrames ? keeper(config, events) : () => undefined;
  return new FrameDesk({
    ...{ classifier, clock, forgotten },
    model: apparel.model,
    framesPerMinute: apparel.framesPerMinute,
    // Half of the room is for those who wait for an answer.
    maxFrames: Math.ceil(apparel.maxImages / 2),
    minProbability: apparel.minProbability,
    earliestMs: Date.parse(stream.earliest),
    futureMs: stream.futureMs,
    onReceived: events.frameReceived,
    onLabels: (points, frame) => {
      events.frameClassified();
      hub.acceptApparel(points);
      keep(frame);
    },
    onRejected: (reason, _frame, detail) => events.frameRejected(reason, detail),
  });
}

function keeper({ dataDir }: Config, events: Pick<Events, 'frameNotKept'>): (frame: CameraFrame) => void {
  const folder = new KeptFrames(framesFolder(dataDir));
  return (frame) => void folder.keep(frame).catch(events.frameNotKept);
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
