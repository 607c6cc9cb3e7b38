import type { SampleBlock, SensorMessage } from '../domain/samples.js';
import { AXES, AXIS_COUNT } from '../domain/sensor.js';

/** Digits that tell any two 32-bit floats apart. */
const MAX_FLOAT_DIGITS = 9;
/** Digits that most measured values need. */
const MIN_FLOAT_DIGITS = 6;
/** Steps a unit that most sensors resolve, and the size below which 32-bit floats tell two of them apart. */
const USUAL_STEPS = 1e4;
const USUAL_SIZE = 1000;

/** What of a message is sent; the receiver knows the rest. */
export type EncodableMessage = Pick<SensorMessage, 'blocks'> &
  Partial<Pick<SensorMessage, 'clock' | 'clockZeroMs' | 'session' | 'sequence'>>;

/**
 * Writes a message in the gateway's own format (see `decodeAlongside`), in SI units: decoding the text gives the same
 * times and the same 32-bit values. At most one block a sensor.
 */
export function encodeAlongside(message: EncodableMessage): string {
  const { session, sequence, clock = 'epoch', clockZeroMs } = message;
  return JSON.stringify({
    session,
    sequence,
    clock: clock === 'epoch' ? undefined : clock,
    clockZeroMs,
    sensors: Object.fromEntries(message.blocks.map((block) => [block.sensor, encodeBlock(block)])),
  });
}

function encodeBlock({ timesMs, values }: SampleBlock): Record<string, number[]> {
  const axes = AXES.map((axis, offset) => [axis, column(values, offset)] as const);
  return { timeMs: Array.from(timesMs), ...Object.fromEntries(axes) };
}

function column(values: Float32Array, offset: number): number[] {
  const numbers: number[] = [];
  for (let at = offset; at < values.length; at += AXIS_COUNT)
    numbers.push(shortest(values[at] ?? Number.NaN));
  return numbers;
}

/** The number with the fewest digits that is still the same 32-bit float. */
function shortest(value: number): number {
  const usual = Math.round(value * USUAL_STEPS) / USUAL_STEPS;
  if (Math.fround(usual) === value && Math.abs(value) < USUAL_SIZE) return usual;
  for (let digits = MIN_FLOAT_DIGITS; digits < MAX_FLOAT_DIGITS; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return Number(value.toPrecision(MAX_FLOAT_DIGITS));
}
