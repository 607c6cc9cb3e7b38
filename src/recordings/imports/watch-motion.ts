import { AXES, type SampleBlock, STANDARD_GRAVITY } from '../../domain/samples.js';
import { BlockBuilder } from '../../ingest/decode/block-builder.js';
import { type PlatformName, signOfGravity } from '../../ingest/decode/platform.js';

/** What Sensor Logger writes of a watch, in columns of one table `WristMotion`. */
export const WATCH_COLUMNS: readonly string[] = ['rotationRate', 'gravity', 'acceleration'].flatMap((name) =>
  AXES.map((axis) => `${name}${axis.toUpperCase()}`),
);

/** Motion of a watch: rotation, gravity, and acceleration without it, all of the same times. */
export class WatchMotion {
  readonly #gyroscope = new BlockBuilder();
  readonly #gravity = new BlockBuilder();
  readonly #linear = new BlockBuilder();
  readonly #total = new BlockBuilder();

  get invalidSamples(): number {
    return Math.max(this.#gyroscope.invalid, this.#linear.invalid);
  }

  /** @param values as {@link WATCH_COLUMNS} name them */
  add(timeMs: number, values: readonly number[]): void {
    const [rx = Number.NaN, ry = Number.NaN, rz = Number.NaN] = values;
    const [gx = Number.NaN, gy = Number.NaN, gz = Number.NaN] = values.slice(3, 6);
    const [ax = Number.NaN, ay = Number.NaN, az = Number.NaN] = values.slice(6, 9);
    this.#gyroscope.add(timeMs, rx, ry, rz);
    this.#gravity.add(timeMs, gx, gy, gz);
    this.#linear.add(timeMs, ax, ay, az);
    this.#total.add(timeMs, gx + ax, gy + ay, gz + az);
  }

  /** The convention that the length of gravity shows: 1 g of an Apple Watch left to itself, else m/s². */
  get convention(): PlatformName {
    return signOfGravity(this.#gravity.values)?.name ?? 'ios';
  }

  /** In SI units and Android's convention. To be called once, last. */
  build(convention: PlatformName): SampleBlock[] {
    const scale = convention === 'ios' ? -STANDARD_GRAVITY : 1;
    return [
      this.#total.build('accelerometer', scale),
      this.#linear.build('linear-acceleration', scale),
      this.#gravity.build('gravity', scale),
      this.#gyroscope.build('gyroscope'),
    ].filter(({ timesMs }) => timesMs.length > 0);
  }
}
