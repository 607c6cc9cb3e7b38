import { z } from 'zod';
import { type DeviceId, parseDeviceId } from '../domain/ids.js';
import { isStatusOf, STATUSES } from '../domain/status.js';
import type { ApparelPoint, StatusPoint, StoredWindow } from '../domain/store.js';
import { fromMicroseconds } from '../storage/storable-points.js';
import { decodeName, OWN_COLUMNS } from './influx-names.js';

const seriesSchema = z.object({
  tags: z.record(z.string(), z.string()).default({}),
  columns: z.array(z.string()),
  values: z.array(z.array(z.unknown())).default([]),
});

/** What `/query` answers, one result a statement. */
export const answerSchema = z.object({
  results: z.array(z.object({ error: z.string().optional(), series: z.array(seriesSchema).default([]) })),
});

export type Series = z.infer<typeof seriesSchema>;

type Row = Readonly<Record<string, unknown>>;

/** Rows of all series by column name; the tags a series was grouped by are columns of its rows. */
export function rowsOf(series: readonly Series[]): Row[] {
  return series.flatMap(({ tags, columns, values }) =>
    values.map((row) => ({
      ...tags,
      ...Object.fromEntries(columns.map((column, index) => [column, row[index]])),
    })),
  );
}

const numberSchema = z.number();
const statusSchema = (target: string) =>
  z
    .string()
    .refine((status) => isStatusOf(target, status), `must be ${STATUSES.join(', ')} or the name of a class`);

export function windowFrom(row: Row, device: DeviceId): StoredWindow {
  return {
    device,
    model: decodeName(String(row['model'])),
    startMs: numberSchema.parse(row['start_ms']),
    endMs: timeOf(row),
    coverage: numberSchema.parse(row['coverage']),
    meanDeltaMs: numberSchema.parse(row['mean_delta_ms']),
    maxDeltaMs: numberSchema.parse(row['max_delta_ms']),
    probabilities: probabilitiesOf(row),
  };
}

export function statusFrom(row: Row, device: DeviceId, target: string): StatusPoint {
  return {
    device,
    target,
    atMs: timeOf(row),
    status: statusSchema(target).parse(row['status']),
    confidence: numberSchema.parse(row['confidence']),
  };
}

export function apparelFrom(row: Row, device: DeviceId): ApparelPoint {
  return {
    device,
    label: decodeName(String(row['label'])),
    atMs: timeOf(row),
    probability: numberSchema.parse(row['probability']),
  };
}

/** The device named by a row of `SHOW TAG VALUES`; none where other writers of the database left a name that is not ours. */
export function deviceFrom(row: Row): DeviceId | undefined {
  return parseDeviceId(String(row['value']));
}

function timeOf(row: Row): number {
  return fromMicroseconds(numberSchema.parse(row['time']));
}

/** All fields that are not ours; a field that other windows of the measurement have is null here. */
function probabilitiesOf(row: Row): Record<string, number> {
  const own: readonly string[] = OWN_COLUMNS;
  return Object.fromEntries(
    Object.entries(row).flatMap(([column, value]) =>
      typeof value === 'number' && !own.includes(column) ? [[decodeName(column), value]] : [],
    ),
  );
}
