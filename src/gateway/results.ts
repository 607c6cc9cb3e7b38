import type { OperatorFunction } from 'rxjs';
import type { CompanyEvent } from '../company/find-company.js';
import type { DeviceId } from '../domain/ids.js';
import type { StatusCaveats, StatusUpdate } from '../domain/status.js';
import {
  type ApparelPoint,
  type CompanyUpdate,
  NO_RESULTS,
  type Results,
  type Sink,
} from '../domain/store.js';
import { isSkipped, type Prediction, type WindowOutcome } from '../domain/window.js';
import type { LiveFeed } from '../http/live-feed.js';
import type { SequenceManifest } from '../inference/models/manifest.js';
import { attempt, type OnFault, resultStage } from '../shared/faults.js';
import { toStoredWindow } from '../storage/points.js';
import type { Tracked } from '../stream/track-status.js';
import type { DeviceRegistry } from './device-registry.js';
import type { ApparelLabels } from './frames.js';
import type { WindowLedger } from './window-ledger.js';

export interface DeliverOptions {
  readonly registry: Pick<DeviceRegistry, 'noteOutcome' | 'noteStatus'>;
  readonly windows: Pick<WindowLedger, 'skipped'>;
  readonly liveFeed: Pick<LiveFeed, 'publish'>;
  /** Devices whose results go nowhere. */
  readonly suppressed: { has(device: DeviceId): boolean };
  /** What must be known to judge a status. */
  readonly caveatsOf?: (device: DeviceId, target: string) => StatusCaveats;
  readonly manifestOf: (model: string) => SequenceManifest | undefined;
  /** Whether what a model finds is kept, and told nobody. */
  readonly isCandidate: (model: string) => boolean;
  /** Each takes every result and looks after it alone. What the first does not take is not stored. */
  readonly sinks: readonly Pick<Sink, 'accept'>[];
  /** Publishes with whom devices are; there is none where company is switched off. */
  readonly companyTopics?: { accept(update: CompanyUpdate): void } | undefined;
}

/** What the data path found out: the outcome of a window, a status, the labels of a camera frame, or who is with whom. */
export type Result =
  | Exclude<Tracked, { type: 'state' }>
  | ApparelLabels
  | Extract<CompanyEvent, { type: 'company' }>;

const STAGE = 'results';

/** Hands results to the sinks, to live clients and to what is known of each device. A sink that throws harms no other. */
export function deliver(options: DeliverOptions, onFault?: OnFault): OperatorFunction<Result, never> {
  const { suppressed, isCandidate, caveatsOf, liveFeed, manifestOf, registry, sinks, windows } = options;

  return resultStage(STAGE, onFault, (result) => {
    if (result.type === 'window') deliverOutcome(result.outcome);
    else if (result.type === 'status') deliverStatus(result.update);
    else if (result.type === 'apparel') deliverApparel(result.points);
    else deliverCompany(result.update);
  });

  function deliverOutcome(outcome: WindowOutcome): void {
    attempt(STAGE, onFault, () => registry.noteOutcome(outcome));
    if (isSkipped(outcome)) windows.skipped(outcome);
    else if (suppressed.has(outcome.device)) windows.skipped({ ...outcome, skipped: 'forgotten' });
    else if (!deliverPrediction(outcome)) windows.skipped({ ...outcome, skipped: 'internal' });
  }

  /** @returns whether it will be stored */
  function deliverPrediction(prediction: Prediction): boolean {
    let isTaken = false;
    attempt(STAGE, onFault, () => {
      const window = toStoredWindow(prediction, manifestOf(prediction.model)?.targets ?? []);
      isTaken = toSinks({ ...NO_RESULTS, windows: [window] });
      if (isTaken && !isCandidate(prediction.model)) liveFeed.publish({ type: 'window', data: window });
    });
    return isTaken;
  }

  function deliverStatus(said: StatusUpdate): void {
    if (suppressed.has(said.device)) return;
    const update: StatusUpdate = { ...said, ...caveatsOf?.(said.device, said.target) };
    registry.noteStatus(update);
    liveFeed.publish({ type: 'status', data: update });
    toSinks({ ...NO_RESULTS, statuses: [update] });
  }

  function deliverApparel(points: readonly ApparelPoint[]): void {
    for (const data of points) liveFeed.publish({ type: 'apparel', data });
    toSinks({ ...NO_RESULTS, apparel: points });
  }

  /** What a device that is erased takes part in is kept nowhere, and yet its partner is no longer with it. */
  function deliverCompany(update: CompanyUpdate): void {
    if (suppressed.has(update.device)) return;
    attempt(STAGE, onFault, () => options.companyTopics?.accept(update));
    if (update.isErased === true || suppressed.has(update.with)) return;
    liveFeed.publish({ type: 'company', data: update });
    toSinks({ ...NO_RESULTS, company: [update] });
  }

  /** @returns whether the first sink took them */
  function toSinks(results: Results): boolean {
    const taken = sinks.map((sink) => attempt(STAGE, onFault, () => sink.accept(results)));
    return taken[0] !== false;
  }
}
