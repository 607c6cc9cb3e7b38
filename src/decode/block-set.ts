import type { SampleBlock } from '../domain/samples.js';
import type { SensorKind } from '../domain/sensor.js';
import { BlockBuilder } from '../ingest/decode/block-builder.js';

/** Collects the samples of one message, sensor by sensor. */
export class BlockSet {
  readonly #builders = new Map<SensorKind, BlockBuilder>();

  has(sensor: SensorKind): boolean {
    return this.#builders.has(sensor);
  }

  /** The builder of a sensor, made when first asked for. */
  of(sensor: SensorKind, expectedSamples?: number): BlockBuilder {
    const existing = this.#builders.get(sensor);
    if (existing !== undefined) return existing;
    const builder = new BlockBuilder(expectedSamples);
    this.#builders.set(sensor, builder);
    return builder;
  }

  /** Samples refused, of all sensors. */
  get invalid(): number {
    let invalid = 0;
    for (const builder of this.#builders.values()) invalid += builder.invalid;
    return invalid;
  }

  /** The sensors that have samples, in order of first appearance. */
  build(scaleOf: (sensor: SensorKind) => number = () => 1): SampleBlock[] {
    return [...this.#builders]
      .filter(([, builder]) => builder.length > 0)
      .map(([sensor, builder]) => builder.build(sensor, scaleOf(sensor)));
  }
}
