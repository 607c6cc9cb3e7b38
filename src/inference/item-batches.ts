import { asyncScheduler, type SchedulerLike } from 'rxjs';
import type { Batching } from '../infer/batch-queue.js';
import { ItemLane, type ItemOutputs, type ItemRun, type WriteItem } from '../infer/item-lane.js';
import type { ModelSource } from '../infer/model-lease.js';
import { GatewayError } from '../shared/errors.js';
import type { Manifest } from './models/manifest.js';

export interface ItemRunnerOptions<M extends Manifest> {
  readonly models: ModelSource<M>;
  /** Of each model's queue. */
  readonly batching: Batching;
  readonly scheduler?: SchedulerLike;
  readonly onRun?: (run: ItemRun) => void;
  readonly onFailed?: (failure: { readonly model: string; readonly error: unknown }) => void;
}

/** Runs single items (a picture, a tensor's row) through models, each together with others that wait at that time. */
export interface ItemRunner extends AsyncDisposable {
  /** Items that wait. */
  readonly waiting: number;

  /**
   * @param write puts the item into a batch, once, when its turn has come
   * @returns the item's values of each output
   * @throws GatewayError `NOT_FOUND` for a model that is not served, `QUEUE_FULL` (retryable), `MODEL_RUN_FAILED`,
   *   `CLOSED`
   */
  run(model: string, write: WriteItem): Promise<ItemOutputs>;
}

export function createItemRunner<M extends Manifest>(options: ItemRunnerOptions<M>): ItemRunner {
  return new LaneItemRunner(options);
}

class LaneItemRunner<M extends Manifest> implements ItemRunner {
  readonly #options: ItemRunnerOptions<M>;
  readonly #lanes = new Map<string, ItemLane<M>>();
  readonly #leaving = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: ItemRunnerOptions<M>) {
    this.#options = options;
  }

  get waiting(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.waiting, 0);
  }

  run(model: string, write: WriteItem): Promise<ItemOutputs> {
    if (this.#isClosed) return Promise.reject(new GatewayError('CLOSED', 'the gateway is stopping'));
    const lane = this.#laneOf(model);
    if (lane !== undefined) return lane.run(write);
    return Promise.reject(new GatewayError('NOT_FOUND', `There is no model ${model}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const model of [...this.#lanes.keys()]) this.#leave(model);
    await Promise.all(this.#leaving);
  }

  /** The lane of the version in use; that of an earlier one runs what it has. */
  #laneOf(model: string): ItemLane<M> | undefined {
    const current = this.#lanes.get(model);
    if (current !== undefined && !current.isRetired) return current;
    this.#leave(model);
    const lease = this.#options.models.lease(model);
    if (lease === undefined) return undefined;
    const lane = new ItemLane<M>({
      ...this.#options,
      lease,
      scheduler: this.#options.scheduler ?? asyncScheduler,
    });
    this.#lanes.set(model, lane);
    return lane;
  }

  #leave(model: string): void {
    const lane = this.#lanes.get(model);
    if (lane === undefined) return;
    this.#lanes.delete(model);
    const left = lane.finish().then(() => void this.#leaving.delete(left));
    this.#leaving.add(left);
  }
}
