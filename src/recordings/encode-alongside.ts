import { AXES, AXIS_COUNT, type SampleBlock, type SensorMessage } from '../domain/samples.js';
import { writeCbor } from '../shared/cbor.js';
import { shortestFloat } from './sensor-csv.js';

/** What of a message is sent; the receiver knows the rest. */
export type EncodableMessage = Pick<SensorMessage, 'blocks'> &
  Partial<Pick<SensorMessage, 'clock' | 'clockZeroMs' | 'session' | 'sequence'>>;

/**
 * Writes a message in the gateway's own format (see `decodeAlongside`) as JSON, in SI units: decoding the text gives the same
 * times and the same 32-bit values. At most one block a sensor.
 */
export function encodeAlongside(message: EncodableMessage): string {
  return JSON.stringify(documentOf(message, encodeBlock));
}

/** The same as CBOR: a third of the bytes, and read without making text of numbers. */
export function encodeAlongsideCbor(message: EncodableMessage): Uint8Array {
  return writeCbor(documentOf(message, columnsOf));
}

function documentOf<Columns>(message: EncodableMessage, encode: (block: SampleBlock) => Columns) {
  const { session, sequence, clock = 'epoch', clockZeroMs } = message;
  return {
    session,
    sequence,
    clock: clock === 'epoch' ? undefined : clock,
    clockZeroMs,
    sensors: Object.fromEntries(message.blocks.map((block) => [block.sensor, encode(block)])),
  };
}

function encodeBlock({ timesMs, values }: SampleBlock): Record<string, number[]> {
  const axes = AXES.map((axis, offset) => [axis, column(values, offset)] as const);
  return { timeMs: Array.from(timesMs), ...Object.fromEntries(axes) };
}

function column(values: Float32Array, offset: number): number[] {
  const numbers: number[] = [];
  for (let at = offset; at < values.length; at += AXIS_COUNT)
    numbers.push(shortestFloat(values[at] ?? Number.NaN));
  return numbers;
}

function columnsOf({ timesMs, values }: SampleBlock): Record<string, Float32Array | Float64Array> {
  const axes = AXES.map((axis, offset) => {
    return [
      axis,
      Float32Array.from(timesMs, (_, index) => values[index * AXIS_COUNT + offset] ?? Number.NaN),
    ];
  });
  return { timeMs: timesMs, ...Object.fromEntries(axes) };
}
