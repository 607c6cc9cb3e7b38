import { AXES, AXIS_COUNT, type SensorKind, STANDARD_GRAVITY } from '../../domain/samples.js';
import { AXIS, axisIn, type CsvFormat, columnOf } from './csv-table.js';

/** Three columns of a table that are a sensor's axes. */
export interface TableSensor {
  /** `acceleration` where only title and values tell whether gravity is in it. */
  readonly quantity: 'acceleration' | 'gyroscope' | 'magnetometer';
  /** What the table calls it, in the language of the phone. */
  readonly title: string;
  /** Places of x, y and z. */
  readonly axes: readonly number[];
}

/** A title and its unit in brackets. */
const TITLED = /^(.*?)\s*[(（]([^()（）]*)[)）]\s*$/;

/** Units, some of which phyphox writes in the phone's alphabet. */
const UNITS: readonly (readonly [RegExp, TableSensor['quantity']])[] = [
  [/^[mм]\/[sс](\^2|²|2)$/, 'acceleration'],
  [/^(rad|рад)\/[sс]$/, 'gyroscope'],
  [/^([µμu]T|мкТл)$/, 'magnetometer'],
];
const SECONDS = /^[sс]$/;

/** "Linear" or "without gravity" in the languages that phyphox speaks. */
const LINEAR_WORDS =
  /(?<!\p{L})(lin[eéijy]|лин|лін|γραμμ|doğrusal)|線形|线性|線性|선형|रैखिक|(without|ohne|sans|sin|sem|senza|zonder|bez|utan|uden|uten|без|χωρίς) ?(g|gravit\p{L}*|schwer\p{L}*)(?!\p{L})|不含|除く|なし/iu;

/** Samples whose mean is gravity, if there is any in them: a second or two, in which a body hardly turns. */
const RUN_SAMPLES = 100;

/** The sensors of a table by units, which are the same in every language. */
export function sensorsOfTable({ columns }: Pick<CsvFormat, 'columns'>): TableSensor[] {
  const found = new Map<string, TableSensor & { readonly axes: number[] }>();
  columns.forEach((column, index) => {
    const [, title = '', unit = ''] = TITLED.exec(column) ?? [];
    const quantity = UNITS.find(([pattern]) => pattern.test(unit))?.[1];
    const axis = axisIn(title);
    if (quantity === undefined || axis < 0) return;
    const shared = title.replace(AXIS, '').trim();
    const key = `${quantity} ${shared}`;
    const known = found.get(key) ?? { quantity, title: shared, axes: [-1, -1, -1] };
    if (known.axes[axis] === -1) known.axes[axis] = index;
    found.set(key, known);
  });
  return [...found.values()].filter(({ axes }) => axes.every((index) => index >= 0));
}

/** The column of experiment time, -1 where a table has none. */
export function timeColumnOf({ columns }: Pick<CsvFormat, 'columns'>): number {
  return columns.findIndex((column) => SECONDS.test(TITLED.exec(column)?.[2] ?? ''));
}

/** Whether a table holds when the experiment was started. */
export function isTimeTable(format: Pick<CsvFormat, 'columns'>): boolean {
  return ['event', 'experiment time'].every((name) => columnOf(format, name) >= 0);
}

/**
 * The sensor of an acceleration: its title says that gravity is not in it, or its values do.
 *
 * @param title of columns and file
 * @param values x, y, z of each sample, interleaved
 */
export function accelerationKindOf(
  title: string,
  values: Float32Array,
): Extract<SensorKind, 'accelerometer' | 'linear-acceleration'> {
  if (LINEAR_WORDS.test(title)) return 'linear-acceleration';
  return steadyMagnitude(values) < STANDARD_GRAVITY / 2 ? 'linear-acceleration' : 'accelerometer';
}

/** Median length of what is the same over a run: gravity stays, the movements of a body cancel out. */
function steadyMagnitude(values: Float32Array): number {
  const magnitudes: number[] = [];
  const runValues = RUN_SAMPLES * AXIS_COUNT;
  for (let from = 0; from < values.length; from += runValues) {
    const run = values.subarray(from, from + runValues);
    const samples = run.length / AXIS_COUNT;
    const means = AXES.map((_, axis) => {
      let sum = 0;
      for (let at = axis; at < run.length; at += AXIS_COUNT) sum += run[at] ?? 0;
      return sum / samples;
    });
    magnitudes.push(Math.hypot(...means));
  }
  return magnitudes.sort((a, b) => a - b)[magnitudes.length >> 1] ?? Number.NaN;
}
