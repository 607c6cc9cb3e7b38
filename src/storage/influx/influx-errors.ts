import { RequestError, ServiceNotAvailableError } from 'influx/lib/src/pool.js';
import { z } from 'zod';
import { COMPANY_STATUSES } from '../../domain/company.js';
import { type DeviceId, parseDeviceId } from '../../domain/ids.js';
import { isStatusOf, STATUSES } from '../../domain/status.js';
import type { ApparelPoint, CompanyPoint, StatusPoint, StoredWindow } from '../../domain/store.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { fromMicroseconds } from '../points.js';
import { decodeName, OWN_COLUMNS } from './influx-points.js';
import type { InfluxServer } from './influx-server.js';

/** InfluxDB took the good points of a request and refused the others for good. */
interface PartialWrite {
  /** How many were refused; `undefined` when the answer does not say, and all may be. */
  readonly dropped: number | undefined;
  /** The server's own words. */
  readonly message: string;
}

const HTTP_BAD_REQUEST = 400;
const HTTP_TOO_LARGE = 413;
const MS_PER_SECOND = 1000;
/** A server that asks for more patience than this is asked again all the same. */
const MAX_RETRY_AFTER_MS = 600_000;

/** What to do about an answer with this HTTP status. */
const ADVICE: Readonly<Record<number, string>> = {
  401: 'check store.influxdb.username and store.influxdb.password',
  403: 'grant this user read and write on the database',
  404: 'create the database, or allow this user to create it',
  413: "raise InfluxDB's setting http.max-body-size",
  429: 'it is overloaded; wait, or give it more room',
};

/** The same of InfluxDB 2 and 3. */
const TOKEN_ADVICE: Readonly<Record<number, string>> = {
  401: 'set store.influxdb.token to a token that may read and write there',
  403: 'give the token of store.influxdb.token the right to read and write there',
  404: 'make the bucket or database there, and in InfluxDB 2 a mapping to it (influx v1 dbrp create)',
};

/**
 * Reads the answer 400 to a write: the good points are in, the others never will be.
 *
 * @param points how many points the request had
 * @returns `undefined` when the error is another one
 */
export function partialWriteOf(error: unknown, points: number): PartialWrite | undefined {
  if (statusCodeOf(error) !== HTTP_BAD_REQUEST) return undefined;
  const message = serverWords(error);
  const dropped = droppedPoints(message);
  return { dropped: dropped > 0 && dropped <= points ? dropped : undefined, message };
}

/** Whether the request was larger than the server takes. */
export function isTooLarge(error: unknown): boolean {
  return statusCodeOf(error) === HTTP_TOO_LARGE;
}

const UNREACHABLE = 'is it running, and reachable under store.influxdb.url?';
const FAILING = 'its log says why; after a full disk it needs room and a restart';

/** Whether the database was not there. */
export function isMissingDatabase(error: unknown): boolean {
  return messageOf(error).includes('database not found');
}

/** Whether the user may not do this. */
export function isForbidden(error: unknown): boolean {
  const status = statusCodeOf(error);
  return status === 401 || status === 403;
}

/** Any failure to talk to InfluxDB as a retryable `STORE_UNAVAILABLE` that says where and what to do. */
export function unavailable(where: string, error: unknown, server?: InfluxServer): GatewayError {
  const status = statusCodeOf(error) ?? (isMissingDatabase(error) ? 404 : undefined);
  const fallback = error instanceof ServiceNotAvailableError ? FAILING : UNREACHABLE;
  const advice = adviceFor(status, server) ?? fallback;
  const name = server === undefined ? 'InfluxDB' : `InfluxDB ${server.version}`;
  return new GatewayError(
    'STORE_UNAVAILABLE',
    `${name} at ${where} cannot be used: ${serverWords(error)}; ${advice}`,
    // The library's own error holds the whole request with its password, so it goes no further.
    {
      retryable: true,
      retryAfterMs: retryAfterMsOf(error),
      cause: error instanceof RequestError ? undefined : error,
    },
  );
}

function adviceFor(status: number | undefined, server: InfluxServer | undefined): string | undefined {
  const { major } = server ?? { major: 1 };
  const advice = major >= 2 ? TOKEN_ADVICE[status ?? 0] : undefined;
  return advice ?? ADVICE[status ?? 0];
}

/** The header `retry-after`: seconds, or a date, of which only seconds are understood here. */
function retryAfterMsOf(error: unknown): number | undefined {
  if (!(error instanceof RequestError)) return undefined;
  const seconds = Number(error.res.headers['retry-after']);
  return seconds > 0 ? Math.min(seconds * MS_PER_SECOND, MAX_RETRY_AFTER_MS) : undefined;
}

function statusCodeOf(error: unknown): number | undefined {
  return error instanceof RequestError ? error.res.statusCode : undefined;
}

/** `dropped=N` of a partial write, or the number of lines that could not be parsed (then it says `dropped=0`). */
function droppedPoints(message: string): number {
  const dropped = Number(/dropped=(\d+)/.exec(message)?.[1] ?? 0);
  return dropped || (message.match(/unable to parse/g)?.length ?? 0);
}

/** The text of `{"error":"…"}`, or whatever else was said. */
function serverWords(error: unknown): string {
  const text = messageOf(error);
  const json = /\{.*\}/s.exec(text)?.[0];
  return json === undefined ? text : (errorTextOf(json) ?? text);
}

function errorTextOf(json: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(json);
    const isAnswer = typeof answer === 'object' && answer !== null && 'error' in answer;
    return isAnswer ? String(answer.error) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

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
  const { image_model: model, people } = row;
  return {
    device,
    label: decodeName(String(row['label'])),
    atMs: timeOf(row),
    probability: numberSchema.parse(row['probability']),
    ...(typeof model === 'string' ? { model } : {}),
    ...(typeof people === 'string' ? { people: people.split(' ').map(Number) } : {}),
  };
}

/** `undefined` where other writers of the database left a name that is not ours. */
export function companyFrom(row: Row, device: DeviceId): CompanyPoint | undefined {
  const other = parseDeviceId(String(row['with']));
  if (other === undefined) return undefined;
  return {
    device,
    with: other,
    sinceMs: timeOf(row),
    status: z.enum(COMPANY_STATUSES).parse(row['status']),
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
