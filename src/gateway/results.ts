import type { DeviceId } from '../domain/ids.js';
import { isSkipped, type WindowOutcome } from '../domain/prediction.js';
import type { StatusUpdate } from '../domain/status.js';
import type { ApparelPoint, Results, Sink } from '../domain/store.js';
import type { LiveFeed } from '../http/live-feed.js';
import type { SequenceManifest } from '../inference/models/manifest.js';
import type { PipelineResult } from '../pipeline.js';
import { attempt, type OnFault } from '../shared/faults.js';
import { toStoredWindow } from '../storage/to-points.js';
import type { DeviceRegistry } from './device-registry.js';
import type { WindowAccounts } from './window-ledger.js';

export interface ResultHubDependencies {
  readonly registry: DeviceRegistry;
  readonly windows: WindowAccounts;
  readonly liveFeed: LiveFeed;
  /** Devices whose results go nowhere. */
  readonly forgotten: { has(device: DeviceId): boolean };
  /** Whether a target is told by a model made on simulated people. */
  readonly isSimulated?: (target: string) => boolean;
  readonly manifestOf: (model: string) => SequenceManifest | undefined;
  /** Whether what a model finds is kept, and told nobody. */
  readonly isCandidate: (model: string) => boolean;
  /** Each takes every result and looks after it alone. What the first does not take is not stored. */
  readonly sinks: readonly Pick<Sink, 'accept'>[];
  readonly onFault: OnFault;
}

const NOTHING: Results = { windows: [], statuses: [], apparel: [] };

/** Hands what the pipeline found out to everyone who wants to know. */
export class ResultHub {
  readonly #dependencies: ResultHubDependencies;

  constructor(dependencies: ResultHubDependencies) {
    this.#dependencies = dependencies;
  }

  accept(result: PipelineResult): void {
    this.#attempt(() => {
      if (result.type === 'window') this.#acceptOutcome(result.outcome);
      else this.#acceptStatus(result.update);
    });
  }

  /** Labels of one frame. */
  acceptApparel(points: readonly ApparelPoint[]): void {
    for (const data of points) this.#dependencies.liveFeed.publish({ type: 'apparel', data });
    this.#hand({ ...NOTHING, apparel: points });
  }

  #acceptOutcome(outcome: WindowOutcome): void {
    const { forgotten, windows, manifestOf, registry } = this.#dependencies;
    registry.noteOutcome(outcome);
    if (isSkipped(outcome) || forgotten.has(outcome.device)) {
      windows.skipped(isSkipped(outcome) ? outcome : { ...outcome, skipped: 'forgotten' });
      return;
    }
    const window = toStoredWindow(outcome, manifestOf(outcome.model)?.targets ?? []);
    if (!this.#hand({ ...NOTHING, windows: [window] })) windows.skipped({ ...outcome, skipped: 'internal' });
    else if (!this.#dependencies.isCandidate(outcome.model))
      this.#dependencies.liveFeed.publish({ type: 'window', data: window });
  }

  #acceptStatus(said: StatusUpdate): void {
    const { forgotten, isSimulated } = this.#dependencies;
    if (forgotten.has(said.device)) return;
    const update: StatusUpdate = isSimulated?.(said.target) === true ? { ...said, simulated: true } : said;
    this.#dependencies.registry.noteStatus(update);
    this.#dependencies.liveFeed.publish({ type: 'status', data: update });
    this.#hand({ ...NOTHING, statuses: [update] });
  }

  /** @returns whether the first sink took them */
  #hand(results: Results): boolean {
    const taken = this.#dependencies.sinks.map((sink) => this.#attempt(() => sink.accept(results)));
    return taken[0] !== false;
  }

  #attempt(work: () => void): boolean {
    return attempt('results', this.#dependencies.onFault, work);
  }
}
