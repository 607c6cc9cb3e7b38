import { AXIS_COUNT, type SampleBlock, type SensorKind } from '../../domain/samples.js';

/** About a second of one sensor. */
const DEFAULT_CAPACITY = 64;

/** Larger than what any sensor gives in any unit, and far from what a 32-bit float overflows at. */
const MAX_MAGNITUDE = 1e9;

/** Collects the samples of one sensor of one message. */
export class BlockBuilder {
  #timesMs: Float64Array;
  #values: Float32Array;
  #length = 0;
  #invalid = 0;

  constructor(expectedSamples = DEFAULT_CAPACITY) {
    const { timesMs, values } = allocate(Math.max(1, expectedSamples));
    this.#timesMs = timesMs;
    this.#values = values;
  }

  /** Samples taken. */
  get length(): number {
    return this.#length;
  }

  /** Samples refused because a number was not finite, or larger than any sensor gives. */
  get invalid(): number {
    return this.#invalid;
  }

  add(timeMs: number, x: number, y: number, z: number): void {
    if (!(Number.isFinite(timeMs) && isPlausible(x) && isPlausible(y) && isPlausible(z))) {
      this.#invalid += 1;
      return;
    }
    const index = this.#length;
    if (index === this.#timesMs.length) this.#grow();
    this.#timesMs[index] = timeMs;
    const at = index * AXIS_COUNT;
    this.#values[at] = x;
    this.#values[at + 1] = y;
    this.#values[at + 2] = z;
    this.#length = index + 1;
  }

  /** The samples so far, every value times `scale`. The builder is not to be used afterwards. */
  build(sensor: SensorKind, scale = 1): SampleBlock {
    const values = this.#values.subarray(0, this.#length * AXIS_COUNT);
    if (scale !== 1) {
      for (let at = 0; at < values.length; at++) values[at] = (values[at] ?? 0) * scale;
    }
    return { sensor, timesMs: this.#timesMs.subarray(0, this.#length), values };
  }

  /** The values so far, as added. */
  get values(): Float32Array {
    return this.#values.subarray(0, this.#length * AXIS_COUNT);
  }

  #grow(): void {
    const { timesMs, values } = allocate(this.#timesMs.length * 2);
    timesMs.set(this.#timesMs);
    values.set(this.#values);
    this.#timesMs = timesMs;
    this.#values = values;
  }
}

/** Room for times and values in one piece of memory, which costs half of two. */
function allocate(capacity: number): Pick<SampleBlock, 'timesMs' | 'values'> {
  const timeBytes = capacity * Float64Array.BYTES_PER_ELEMENT;
  const valueCount = capacity * AXIS_COUNT;
  const buffer = new ArrayBuffer(timeBytes + valueCount * Float32Array.BYTES_PER_ELEMENT);
  return {
    timesMs: new Float64Array(buffer, 0, capacity),
    values: new Float32Array(buffer, timeBytes, valueCount),
  };
}

/** False for NaN too. */
function isPlausible(value: number): boolean {
  return Math.abs(Math.fround(value)) <= MAX_MAGNITUDE;
}

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
