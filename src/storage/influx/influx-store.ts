import type { IPoint } from 'influx';
import type { DeviceId } from '../../domain/ids.js';
import type {
  ApparelPoint,
  CompanyPoint,
  Expiry,
  ResultBatch,
  StatusPoint,
  Store,
  StoredWindow,
  TimeRange,
  WriteReport,
} from '../../domain/store.js';
import { GatewayError } from '../../shared/errors.js';
import { toMicrosecondRange } from '../points.js';
import { createInfluxClient, type InfluxAddress, type InfluxClient, withinMs } from './influx-client.js';
import {
  answerSchema,
  apparelFrom,
  companyFrom,
  deviceFrom,
  isForbidden,
  isMissingDatabase,
  isTooLarge,
  partialWriteOf,
  rowsOf,
  type Series,
  statusFrom,
  unavailable,
  windowFrom,
} from './influx-errors.js';
import { encodeName, MEASUREMENTS, PRECISION } from './influx-points.js';
import { askServer, type InfluxServer, type Removal, removeFromServer, setUpWords } from './influx-server.js';
import { type SendAnswer, writeBatch } from './influx-writer.js';

export interface InfluxStoreOptions extends Omit<InfluxAddress, 'requestTimeoutMs'> {
  /** A request without a whole answer is given up after this long, milliseconds. @defaultValue 10_000 */
  readonly requestTimeoutMs?: number;
  /** Most lines of one request. @defaultValue 5_000 */
  readonly batchLines?: number;
  /** Hears, once, what has to be set up at a server on which no database can be made. */
  readonly onSetUpNeeded?: (words: string) => void;
}

/**
 * A store in InfluxDB 1.x, or in 2 and 3 through their 1.x endpoints. Connects at the first use, so that the gateway may
 * start before its database, and makes the database if that is known there and the user may.
 *
 * @throws GatewayError `CONFIG_INVALID` when the address is not one
 */
export function createInfluxStore(options: InfluxStoreOptions): Store {
  const { requestTimeoutMs = 10_000, batchLines = 5_000, onSetUpNeeded = () => undefined } = options;
  const address = { ...options, requestTimeoutMs };
  return new InfluxStore(address, batchLines, createInfluxClient(address), onSetUpNeeded);
}

class InfluxStore implements Store {
  readonly #address: InfluxAddress;
  readonly #batchLines: number;
  readonly #client: InfluxClient;
  readonly #onSetUpNeeded: (words: string) => void;
  /** Known once the server has answered. */
  #server: InfluxServer | undefined;
  #isPrepared = false;
  #isClosed = false;

  constructor(
    address: InfluxAddress,
    batchLines: number,
    client: InfluxClient,
    onSetUpNeeded: (words: string) => void,
  ) {
    this.#address = address;
    this.#batchLines = batchLines;
    this.#client = client;
    this.#onSetUpNeeded = onSetUpNeeded;
  }

  async write(batch: ResultBatch): Promise<WriteReport> {
    return await writeBatch(batch, this.#batchLines, (points) => this.#send(points));
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
      `SELECT label, probability, image_model, people FROM ${MEASUREMENTS.apparel} WHERE device = $device AND ${within(range)} ORDER BY time`,
      { device },
      ([series = []]) => rowsOf(series).map((row) => apparelFrom(row, device)),
    );
    return found.sort((a, b) => a.atMs - b.atMs || compareText(a.label, b.label));
  }

  async company(device: DeviceId, range: TimeRange): Promise<CompanyPoint[]> {
    const from = `SELECT status, probability FROM ${MEASUREMENTS.company} WHERE device = $device`;
    const { from: fromMicroseconds } = toMicrosecondRange(range);
    const found = await this.#select(
      `${from} AND time < ${fromMicroseconds}u GROUP BY "with" ORDER BY time DESC LIMIT 1; ` +
        `${from} AND ${within(range)} GROUP BY "with" ORDER BY time`,
      { device },
      ([before = [], inside = []]) => rowsOf([...before, ...inside]).map((row) => companyFrom(row, device)),
    );
    const points = found.filter((point) => point !== undefined);
    return points.sort((a, b) => a.sinceMs - b.sinceMs || compareText(a.with, b.with));
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

  async forget(device: DeviceId): Promise<void> {
    if ((await this.#serverOf()).major >= 2) {
      for (const measurement of Object.values(MEASUREMENTS)) await this.#remove({ measurement, device });
      await this.#remove({ measurement: MEASUREMENTS.company, with: device });
      return;
    }
    const measurements = Object.values(MEASUREMENTS).join(', ');
    await this.#select(
      `DROP SERIES FROM ${measurements} WHERE device = $device; ` +
        `DROP SERIES FROM ${MEASUREMENTS.company} WHERE "with" = $device`,
      { device },
      () => undefined,
    );
  }

  /** By DELETE, since retention policies of InfluxDB would need a database or a measurement's address of their own a kind. */
  async expire({
    windowsBeforeMs,
    statusesBeforeMs,
    apparelBeforeMs,
    companyBeforeMs,
  }: Expiry): Promise<void> {
    const kinds = [
      { measurement: MEASUREMENTS.windows, beforeMs: windowsBeforeMs },
      { measurement: MEASUREMENTS.statuses, beforeMs: statusesBeforeMs },
      { measurement: MEASUREMENTS.apparel, beforeMs: apparelBeforeMs },
      { measurement: MEASUREMENTS.company, beforeMs: companyBeforeMs },
    ];
    for (const { measurement, beforeMs } of kinds) {
      if (beforeMs === undefined) continue;
      if ((await this.#serverOf()).major >= 2) {
        await this.#remove({ measurement, beforeMs });
        continue;
      }
      const { from } = toMicrosecondRange({ fromMs: beforeMs, toMs: beforeMs });
      await this.#change(`DELETE FROM ${measurement} WHERE time < ${from}u`, {});
    }
  }

  async ping(): Promise<void> {
    await this.#select('SHOW MEASUREMENTS LIMIT 1', {}, () => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#client.close();
    return Promise.resolve();
  }

  async #send(points: IPoint[]): Promise<SendAnswer> {
    return await this.#request(async (influx) => {
      try {
        await influx.writePoints(points, { precision: PRECISION });
        return 'taken';
      } catch (error) {
        const partial = partialWriteOf(error, points.length);
        if (partial !== undefined) return { count: partial.dropped, words: partial.message };
        if (!isTooLarge(error) || points.length === 1) throw error;
        return 'too-large';
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
    method: 'GET' | 'POST' = 'GET',
  ): Promise<T> {
    return await this.#request(async (influx) => {
      const answer = answerSchema.parse(
        await influx.queryRaw(statements, { precision: PRECISION, placeholders, method }),
      );
      const failed = answer.results.find((result) => result.error !== undefined);
      if (failed !== undefined) throw new Error(failed.error);
      return read(answer.results.map((result) => result.series));
    });
  }

  /** What changes data must be posted. */
  async #change(statement: string, placeholders: Record<string, string>): Promise<void> {
    await this.#select(statement, placeholders, () => undefined, 'POST');
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
      throw unavailable(where, error, this.#server);
    }
  }

  /** Makes the database; where that is forbidden, the request that follows tells whether it is there. */
  async #prepare(): Promise<void> {
    const { database, requestTimeoutMs } = this.#address;
    const { major } = await this.#serverOf();
    try {
      if (major < 2) await withinMs(requestTimeoutMs, this.#client.influx.createDatabase(database));
    } catch (error) {
      if (!isForbidden(error)) throw error;
    }
    this.#isPrepared = true;
  }

  async #serverOf(): Promise<InfluxServer> {
    if (this.#server !== undefined) return this.#server;
    const server = await askServer(this.#address);
    const words = this.#server === undefined ? setUpWords(server, this.#address) : undefined;
    this.#server = server;
    if (words !== undefined) this.#onSetUpNeeded(words);
    return server;
  }

  async #remove(removal: Removal): Promise<void> {
    await removeFromServer(this.#address, await this.#serverOf(), removal);
  }
}

/** Times are numbers made here, not parameters: those would be rounded above 2^53 nanoseconds. */
function within(range: TimeRange): string {
  const { from, to } = toMicrosecondRange(range);
  return `time >= ${from}u AND time < ${to}u`;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
