import { isSkipped, type WindowOutcome } from '../domain/prediction.js';
import type { Results, Sink } from '../domain/sink.js';
import type { StatusUpdate } from '../domain/status.js';
import type { LiveFeed } from '../http/live-feed.js';
import type { SequenceManifest } from '../models/manifest.js';
import type { PipelineResult } from '../pipeline.js';
import { toStoredWindow } from '../sinks/to-points.js';
import type { DeviceRegistry } from './device-registry.js';
import type { WindowAccounts } from './window-accounts.js';

export interface ResultHubDependencies {
  readonly registry: DeviceRegistry;
  readonly windows: WindowAccounts;
  readonly liveFeed: LiveFeed;
  readonly manifestOf: (model: string) => SequenceManifest | undefined;
  /** Each takes every result and looks after it alone. */
  readonly sinks: readonly Pick<Sink, 'accept'>[];
}

const NOTHING: Results = { windows: [], statuses: [], apparel: [] };

/** Hands what the pipeline found out to everyone who wants to know. */
export class ResultHub {
  readonly #dependencies: ResultHubDependencies;

  constructor(dependencies: ResultHubDependencies) {
    this.#dependencies = dependencies;
  }

  accept(result: PipelineResult): void {
    if (result.type === 'window') this.#acceptOutcome(result.outcome);
    else this.#acceptStatus(result.update);
  }

  #acceptOutcome(outcome: WindowOutcome): void {
    const { windows, manifestOf } = this.#dependencies;
    if (isSkipped(outcome)) {
      windows.skipped(outcome);
      return;
    }
    const window = toStoredWindow(outcome, manifestOf(outcome.model)?.targets ?? []);
    this.#dependencies.liveFeed.publish({ type: 'window', data: window });
    this.#hand({ ...NOTHING, windows: [window] });
  }

  #acceptStatus(update: StatusUpdate): void {
    this.#dependencies.registry.noteStatus(update);
    this.#dependencies.liveFeed.publish({ type: 'status', data: update });
    this.#hand({ ...NOTHING, statuses: [update] });
  }

  #hand(results: Results): void {
    for (const sink of this.#dependencies.sinks) sink.accept(results);
  }
}
