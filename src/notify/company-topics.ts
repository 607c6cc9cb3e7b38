import type { DeviceId } from '../domain/ids.js';
import type { CompanyUpdate } from '../domain/store.js';
import { RetainedQueue, type RetainedQueueOptions } from './retained-queue.js';

/** Of a whole bus of devices no more are named; how many there are is said. */
const MAX_NAMED = 50;

type Companion = Pick<CompanyUpdate, 'with' | 'sinceMs' | 'probability'>;

/** Where it is published with whom a device is, retained. */
export function companyTopic(device: DeviceId): string {
  return `alongside/${device}/company`;
}

/**
 * Publishes with whom each device is, retained, at every change:
 * `{device, company: [{with, sinceMs, probability}], count, atMs}`, the most probable first.
 */
export class CompanyTopics implements AsyncDisposable {
  readonly #topics: RetainedQueue;
  readonly #company = new Map<DeviceId, Map<DeviceId, Companion>>();

  constructor(options: RetainedQueueOptions) {
    this.#topics = new RetainedQueue(options);
  }

  accept({ device, with: other, status, sinceMs, probability, atMs }: CompanyUpdate): void {
    const others = this.#company.get(device) ?? new Map<DeviceId, Companion>();
    if (status === 'together') others.set(other, { with: other, sinceMs, probability });
    else others.delete(other);
    if (others.size === 0) this.#company.delete(device);
    else this.#company.set(device, others);
    const company = [...others.values()].sort((a, b) => b.probability - a.probability).slice(0, MAX_NAMED);
    this.#topics.set(companyTopic(device), JSON.stringify({ device, company, count: others.size, atMs }));
  }

  /** Another gateway said last with whom devices are. @param together what holds of them now */
  resume(devices: Iterable<DeviceId>, together: readonly CompanyUpdate[]): void {
    for (const device of devices) this.#company.delete(device);
    for (const update of together) this.accept(update);
  }

  /** Ends the retention; resolves when the broker has done so. */
  async forget(device: DeviceId): Promise<void> {
    this.#company.delete(device);
    this.#topics.set(companyTopic(device), '');
    await this.#topics.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#topics[Symbol.asyncDispose]();
  }
}
