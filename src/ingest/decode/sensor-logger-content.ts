import {
  PASCALS_PER_HECTOPASCAL,
  type SampleBlock,
  type SensorKind,
  STANDARD_GRAVITY,
} from '../../domain/samples.js';
import { BlockBuilder } from './block-builder.js';
import { IgnoredSensors } from './json.js';
import { type PlatformName, type PlatformSign, signOfGravity } from './platform.js';

interface WireSensor {
  readonly name: string;
  readonly kind: SensorKind;
  /** What turns an iPhone's values into Android's. */
  readonly iosScale: number;
}

/**
 * Sensor Logger's motion streams. Its `accelerometer` is without gravity. Of several streams of one kind in a message the
 * first here is used and the others are ignored, so an uncalibrated stream stands in where there is no calibrated one.
 * Source: UNITS.md and CROSSPLATFORM.md of the app; `totalacceleration` is named after its file TotalAcceleration.csv.
 */
const WIRE_SENSORS: readonly WireSensor[] = [
  { name: 'accelerometer', kind: 'linear-acceleration', iosScale: -1 },
  { name: 'gyroscope', kind: 'gyroscope', iosScale: 1 },
  { name: 'magnetometer', kind: 'magnetometer', iosScale: 1 },
  { name: 'gravity', kind: 'gravity', iosScale: -1 },
  { name: 'totalacceleration', kind: 'accelerometer', iosScale: -1 },
  { name: 'accelerometeruncalibrated', kind: 'accelerometer', iosScale: -STANDARD_GRAVITY },
  { name: 'gyroscopeuncalibrated', kind: 'gyroscope', iosScale: 1 },
  { name: 'magnetometeruncalibrated', kind: 'magnetometer', iosScale: 1 },
];

/** Names of the motion streams; a stream's place here is its number in {@link SensorLoggerContent.builderOf}. */
export const WIRE_SENSOR_NAMES: readonly string[] = WIRE_SENSORS.map(({ name }) => name);

/** The barometer's name; its samples hold a `pressure` in place of axes. */
export const BAROMETER = 'barometer';
/** Watches send kilopascals and phones hectopascals; no air on the Earth fits both. */
const MAX_KILOPASCALS = 150;
const PASCALS_PER_KILOPASCAL = 1000;

const UNCALIBRATED_ACCELERATION = WIRE_SENSOR_NAMES.indexOf('accelerometeruncalibrated');

/** A picture inside a message. */
export interface InlineFrame {
  /** Epoch milliseconds; `undefined` where the message does not say. */
  readonly timeMs: number | undefined;
  readonly image: Uint8Array;
}

/** What a Sensor Logger message says, before units and signs are settled. Filled by one of its readers. */
export class SensorLoggerContent {
  deviceId: string | undefined;
  session: string | undefined;
  sequence: number | undefined;
  /** Whether a motion sample has an `accuracy`, which only Android sends. */
  hasAccuracy = false;
  /** Entries of the payload that are no samples at all. */
  brokenEntries = 0;
  /** Whether the payload is the app's "Tap to Test". */
  isTest = false;
  readonly frames: InlineFrame[] = [];
  readonly ignored = new IgnoredSensors();
  readonly #builders: (BlockBuilder | undefined)[] = WIRE_SENSORS.map(() => undefined);
  #pressures: BlockBuilder | undefined;

  builderOf(wireSensor: number): BlockBuilder {
    const existing = this.#builders[wireSensor];
    if (existing !== undefined) return existing;
    const builder = new BlockBuilder();
    this.#builders[wireSensor] = builder;
    return builder;
  }

  /** @param pressure as the app sends it */
  addPressure(timeMs: number, pressure: number): void {
    // The readers agree on the 32-bit value only.
    const value = Math.fround(pressure);
    const scale = value < MAX_KILOPASCALS ? PASCALS_PER_KILOPASCAL : PASCALS_PER_HECTOPASCAL;
    this.#pressures ??= new BlockBuilder();
    this.#pressures.add(timeMs, value * scale, 0, 0);
  }

  get invalidSamples(): number {
    const invalid = this.brokenEntries + (this.#pressures?.invalid ?? 0);
    return this.#builders.reduce((sum, builder) => sum + (builder?.invalid ?? 0), invalid);
  }

  /** Evidence for the phone's convention. */
  platformSign(): PlatformSign | undefined {
    if (this.hasAccuracy) return { name: 'android', isProof: true };
    const builder = this.#builders[UNCALIBRATED_ACCELERATION];
    return builder === undefined ? undefined : signOfGravity(builder.values);
  }

  /** The samples in Android's convention. To be called once, last; notes the streams that are not used as ignored. */
  build(platform: PlatformName, isPressureUsed = true): SampleBlock[] {
    const blocks = this.#buildMotion(platform);
    const pressures = this.#pressures;
    if (pressures === undefined) return blocks;
    if (!isPressureUsed) {
      this.ignored.note(BAROMETER, pressures.length + pressures.invalid);
      this.#pressures = undefined;
    } else if (pressures.length > 0) blocks.push(pressures.build('barometer'));
    return blocks;
  }

  #buildMotion(platform: PlatformName): SampleBlock[] {
    const blocks: SampleBlock[] = [];
    WIRE_SENSORS.forEach(({ name, kind, iosScale }, index) => {
      const builder = this.#builders[index];
      if (builder === undefined || builder.length === 0) return;
      if (blocks.some((block) => block.sensor === kind)) this.ignored.note(name, builder.length);
      else blocks.push(builder.build(kind, platform === 'ios' ? iosScale : 1));
    });
    return blocks;
  }
}
