import type { IPoint } from 'influx';
import type { DeviceId } from '../domain/ids.js';
import type {
  ApparelPoint,
  ResultBatch,
  StatusPoint,
  Store,
  StoredWindow,
  TimeRange,
  WriteReport,
} from '../domain/store.js';
import { GatewayError } from '../errors.js';
import {
  answerSchema,
  apparelFrom,
  deviceFrom,
  rowsOf,
  type Series,
  statusFrom,
  windowFrom,
} from './influx-answer.js';
import { createInfluxClient, type InfluxAddress, type InfluxClient, withinMs } from './influx-client.js';
import {
  isForbidden,
  isMissingDatabase,
  type PartialWrite,
  partialWriteOf,
  unavailable,
} from './influx-errors.js';
import { encodeName } from './influx-names.js';
import { apparelPoint, MEASUREMENTS, PRECISION, statusPoint, windowPoint } from './influx-points.js';
import { keepStorable, toMicrosecondRange, UNSTORABLE } from './storable-points.js';

export interface InfluxStoreOptions extends Omit<InfluxAddress, 'requestTimeoutMs'> {
  /** A request without a whole answer is given up after this long, milliseconds. @defaultValue 10_000 */
  readonly requestTimeoutMs?: number;
  /** Most lines of one request. @defaultValue 5_000 */
  readonly batchLines?: number;
}

/**
 * A store in InfluxDB 1.x. Connects at the first use, so that the gateway may start before its database, and makes the
 * database if the user may.
 *
 * @throws GatewayError `CONFIG_INVALID` when the address is not one
 */
export function createInfluxStore(options: InfluxStoreOptions): Store {
  const { requestTimeoutMs = 10_000, batchLines = 5_000 } = options;
  const address = { ...options, requestTimeoutMs };
  return new InfluxStore(address, batchLines, createInfluxClient(address));
}

class InfluxStore implements Store {
  readonly #address: InfluxAddress;
  readonly #batchLines: number;
  readonly #client: InfluxClient;
  #isPrepared = false;
  #isClosed = false;

  constructor(address: InfluxAddress, batchLines: number, client: InfluxClient) {
    this.#address = address;
    this.#batchLines = batchLines;
    this.#client = client;
  }

  /** Windows go in requests of their own, so that a refusal says how many of them it means. */
  async write(batch: ResultBatch): Promise<WriteReport> {
    const { batch: storable, refused, refusedWindows } = keepStorable(batch);
    const windows = storable.windows.map(windowPoint);
    const others = [...storable.statuses.map(statusPoint), ...storable.apparel.map(apparelPoint)];
    const windowParts = await this.#writePoints(windows);
    const otherParts = await this.#writePoints(others);
    const droppedWindows = sumOfDropped(windowParts);
    const dropped = droppedWindows + sumOfDropped(otherParts);
    return {
      written: windows.length + others.length - dropped,
      refused: refused + dropped,
      refusedWindows: refusedWindows + droppedWindows,
      refusal: [...windowParts, ...otherParts][0]?.message ?? (refused > 0 ? UNSTORABLE : undefined),
    };
  }

  /** Asks model by model, so that which windows fall to the limit does not depend on the order of ties. */
  async windows(device: DeviceId, range: TimeRange, limit: number): Promise<StoredWindow[]> {
    if (limit <= 0) return [];
    const mostRows = Number.isFinite(limit) ? `LIMIT ${Math.floor(limit)}` : '';
    const found = await this.#select(
      `SELECT * FROM ${MEASUREMENTS.windows} WHERE device = $device AND ${within(range)} GROUP BY model ORDER BY time ${mostRows}`,
      { device },
      ([series = []]) => rowsOf(series).map((row) => windowFrom(row, device)),
    );
    return found.sort((a, b) => a.endMs - b.endMs || compareText(a.model, b.model)).slice(0, limit);
  }

  async statuses(device: DeviceId, target: string, range: TimeRange): Promise<StatusPoint[]> {
    const from = `SELECT status, confidence FROM ${MEASUREMENTS.statuses} WHERE device = $device AND target = $target`;
    const { from: fromMicroseconds } = toMicrosecondRange(range);
    return await this.#select(
      `${from} AND time < ${fromMicroseconds}u ORDER BY time DESC LIMIT 1; ${from} AND ${within(range)} ORDER BY time`,
      { device, target: encodeName(target) },
      ([before = [], inside = []]) =>
        rowsOf([...before, ...inside]).map((row) => statusFrom(row, device, target)),
    );
  }

  async apparel(device: DeviceId, range: TimeRange): Promise<ApparelPoint[]> {
    const found = await this.#select(
      `SELECT label, probability FROM ${MEASUREMENTS.apparel} WHERE device = $device AND ${within(range)} ORDER BY time`,
      { device },
      ([series = []]) => rowsOf(series).map((row) => apparelFrom(row, device)),
    );
    return found.sort((a, b) => a.atMs - b.atMs || compareText(a.label, b.label));
  }

  async devices(): Promise<DeviceId[]> {
    const measurements = Object.values(MEASUREMENTS).join(', ');
    const found = await this.#select(
      `SHOW TAG VALUES FROM ${measurements} WITH KEY = device`,
      {},
      ([series = []]) => rowsOf(series).map(deviceFrom),
    );
    return [...new Set(found)].filter((device) => device !== undefined).sort();
  }

  async ping(): Promise<void> {
    await this.#select('SHOW MEASUREMENTS LIMIT 1', {}, () => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#client.close();
    return Promise.resolve();
  }

  async #writePoints(points: readonly IPoint[]): Promise<PartialWrite[]> {
    const refusals: PartialWrite[] = [];
    for (let start = 0; start < points.length; start += this.#batchLines) {
      const refusal = await this.#writeLines(points.slice(start, start + this.#batchLines));
      if (refusal !== undefined) refusals.push(refusal);
    }
    return refusals;
  }

  async #writeLines(points: IPoint[]): Promise<PartialWrite | undefined> {
    return await this.#request(async (influx) => {
      try {
        await influx.writePoints(points, { precision: PRECISION });
        return undefined;
      } catch (error) {
        const partial = partialWriteOf(error, points.length);
        if (partial === undefined) throw error;
        return partial;
      }
    });
  }

  /**
   * Runs statements and reads their series. Names reach the server as bound parameters, never as text of the statement.
   *
   * Asks for the raw answer, because the library's own dates lose the digits below the millisecond.
   */
  async #select<T>(
    statements: string,
    placeholders: Record<string, string>,
    read: (series: Series[][]) => T,
  ): Promise<T> {
    return await this.#request(async (influx) => {
      const answer = answerSchema.parse(
        await influx.queryRaw(statements, { precision: PRECISION, placeholders }),
      );
      const failed = answer.results.find((result) => result.error !== undefined);
      if (failed !== undefined) throw new Error(failed.error);
      return read(answer.results.map((result) => result.series));
    });
  }

  /** @throws GatewayError `STORE_UNAVAILABLE` for whatever goes wrong, `CLOSED` after closing */
  async #request<T>(ask: (influx: InfluxClient['influx']) => Promise<T>): Promise<T> {
    const { influx, where } = this.#client;
    if (this.#isClosed) throw new GatewayError('CLOSED', `The store in InfluxDB at ${where} is closed`);
    try {
      if (!this.#isPrepared) await this.#prepare();
      return await withinMs(this.#address.requestTimeoutMs, ask(influx));
    } catch (error) {
      if (isMissingDatabase(error)) this.#isPrepared = false;
      throw unavailable(where, error);
    }
  }

  /** Makes the database; where that is forbidden, the request that follows tells whether it is there. */
  async #prepare(): Promise<void> {
    const { database, requestTimeoutMs } = this.#address;
    try {
      await withinMs(requestTimeoutMs, this.#client.influx.createDatabase(database));
    } catch (error) {
      if (!isForbidden(error)) throw error;
    }
    this.#isPrepared = true;
  }
}

/** Times are numbers made here, not parameters: those would be rounded above 2^53 nanoseconds. */
function within(range: TimeRange): string {
  const { from, to } = toMicrosecondRange(range);
  return `time >= ${from}u AND time < ${to}u`;
}

function sumOfDropped(refusals: readonly PartialWrite[]): number {
  return refusals.reduce((sum, refusal) => sum + refusal.dropped, 0);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
