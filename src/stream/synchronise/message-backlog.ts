import type { DecodedDelivery } from '../../domain/delivery.js';
import type { SensorMessage } from '../../domain/samples.js';

/** A message that holds samples. */
export interface SampleDelivery {
  readonly delivery: DecodedDelivery;
  readonly message: SensorMessage;
}

/** Messages of a device that wait until the rows are made which an earlier one has closed. */
export class MessageBacklog {
  readonly #maxSamples: number;
  readonly #waiting: SampleDelivery[] = [];
  #samples = 0;

  constructor(maxSamples: number) {
    this.#maxSamples = maxSamples;
  }

  get waiting(): readonly SampleDelivery[] {
    return this.#waiting;
  }

  /** @returns whether there is room for its samples */
  push(next: SampleDelivery): boolean {
    const samples = this.#samples + sampleCountOf(next.message);
    if (samples > this.#maxSamples) return false;
    this.#samples = samples;
    this.#waiting.push(next);
    return true;
  }

  /** Takes out the message that has waited longest. */
  shift(): SampleDelivery | undefined {
    const next = this.#waiting.shift();
    if (next !== undefined) this.#samples -= sampleCountOf(next.message);
    return next;
  }
}

export function sampleCountOf({ blocks }: SensorMessage): number {
  return blocks.reduce((sum, { timesMs }) => sum + timesMs.length, 0);
}
