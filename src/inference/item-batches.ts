import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { GatewayError } from '../shared/errors.js';
import type { Batching } from './micro-batcher.js';
import { type LaneWork, ModelLane, ModelLanes, type ModelRun } from './model-lane.js';
import type { ModelLease, ModelOutputs, ModelSource } from './model-version.js';
import type { Manifest } from './models/manifest.js';

/** How long a client should wait for a queue to become shorter. */
const RETRY_AFTER_MS = 1000;

/** An item's values of each output, by the output's name. */
type ItemOutputs = Readonly<Record<string, Float32Array>>;

/** Writes an item's values into `target` from `offset` on; exactly as many as the model's input has for one item. */
type WriteItem = (target: Float32Array, offset: number) => void;

interface QueuedItem {
  readonly write: WriteItem;
  resolve(outputs: ItemOutputs): void;
  reject(error: unknown): void;
}

function rowOf(outputs: ModelOutputs, row: number, rows: number): ItemOutputs {
  const entries = Object.entries(outputs).map(([name, values]): [string, Float32Array] => {
    const width = values.length / rows;
    return [name, values.slice(row * width, (row + 1) * width)];
  });
  return Object.fromEntries(entries);
}

interface ItemRunnerOptions<M extends Manifest> {
  readonly models: ModelSource<M>;
  /** Of each model's queue. */
  readonly batching: Batching;
  readonly scheduler?: SchedulerLike;
  readonly onRun?: ((run: ModelRun) => void) | undefined;
  readonly onFailed?: ((failure: { readonly model: string; readonly error: unknown }) => void) | undefined;
}

/** Runs single items (a picture, a tensor's row) through models, each together with others that wait at that time. */
export class ItemRunner<M extends Manifest> implements AsyncDisposable {
  readonly #lanes: ModelLanes<QueuedItem, M>;
  #isClosed = false;

  constructor({ models, batching, scheduler = asyncScheduler, onRun, onFailed }: ItemRunnerOptions<M>) {
    this.#lanes = new ModelLanes(
      models,
      (lease) => new ModelLane(lease, itemWork(lease, { onRun, onFailed }), { batching, scheduler }),
    );
  }

  /** Items that wait. */
  get waiting(): number {
    return this.#lanes.waiting;
  }

  /**
   * @param write puts the item into a batch, once, when its turn has come
   * @returns the item's values of each output
   * @throws GatewayError `NOT_FOUND` for a model that is not served, `QUEUE_FULL` (retryable), `MODEL_RUN_FAILED`,
   *   `CLOSED`
   */
  run(model: string, write: WriteItem): Promise<ItemOutputs> {
    if (this.#isClosed) return Promise.reject(new GatewayError('CLOSED', 'the gateway is stopping'));
    const lane = this.#lanes.of(model);
    if (lane === undefined)
      return Promise.reject(new GatewayError('NOT_FOUND', `There is no model ${model}`));
    return new Promise((resolve, reject) => {
      if (lane.push({ write, resolve, reject })) return;
      const words = `${lane.waiting} items wait for model ${model} already`;
      reject(new GatewayError('QUEUE_FULL', words, { retryable: true, retryAfterMs: RETRY_AFTER_MS }));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#lanes.finish();
  }
}

function itemWork<M extends Manifest>(
  lease: ModelLease<M>,
  { onRun, onFailed }: Pick<ItemRunnerOptions<M>, 'onRun' | 'onFailed'>,
): LaneWork<QueuedItem> {
  const model = lease.classifier.manifest.name;
  return {
    write: ({ write }, target, offset) => write(target, offset),
    onRun: (run, items, outputs) => {
      onRun?.(run);
      for (const [index, { resolve }] of items.entries()) resolve(rowOf(outputs, index, items.length));
    },
    onFailed: (items, error) => {
      onFailed?.({ model, error });
      for (const { reject } of items) reject(error);
    },
  };
}
