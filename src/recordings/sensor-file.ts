import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, gunzipSync, gzip, type ZlibOptions } from 'node:zlib';
import { AXIS_COUNT } from '../domain/samples.js';
import { GatewayError, messageOf } from '../shared/errors.js';
import {
  formatSensorCsv,
  formatSensorRows,
  parseSensorCsv,
  SENSOR_CSV_HEADER,
  type SensorColumns,
} from './sensor-csv.js';

/** Gives what can be decompressed of a file that ends in the middle. */
const UP_TO_ITS_END: ZlibOptions = { finishFlush: constants.Z_SYNC_FLUSH };

/**
 * Reads a sensor's file, `.csv` or `.csv.gz`.
 *
 * @param isComplete false allows the last line, and the end of the compressed data, to be missing: somebody is writing it
 * @throws GatewayError `RECORDING_INVALID` naming the file and what is wrong with it
 */
export async function readSensorFile(file: string, isComplete: boolean): Promise<SensorColumns> {
  const bytes = await readBytes(file);
  const text = file.endsWith('.gz') ? unzip(file, bytes, isComplete ? {} : UP_TO_ITS_END) : bytes;
  if (isComplete) return parseSensorCsv(file, text);
  const whole = text.subarray(0, text.lastIndexOf('\n') + 1);
  return parseSensorCsv(file, whole.length === 0 ? Buffer.from(SENSOR_CSV_HEADER) : whole);
}

function unzip(file: string, bytes: Buffer, options: ZlibOptions): Buffer {
  if (bytes.length === 0 && options === UP_TO_ITS_END) return bytes;
  try {
    return gunzipSync(bytes, options);
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file} is not gzip: ${messageOf(error)}`, { cause: error });
  }
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

const compress = promisify(gzip);

/**
 * Appends to one `<sensor>.csv.gz`. Each call adds a whole gzip member at the end of what is known to be good, so that a
 * write that failed, or was cut off by the end of the process, is written over and costs nothing before it.
 */
export class SensorWriter implements AsyncDisposable {
  readonly #handle: FileHandle;
  #bytes: number;
  #samples: number;
  #firstMs: number;
  #lastMs: number;

  private constructor(handle: FileHandle, bytes: number, { timesMs }: Pick<SensorColumns, 'timesMs'>) {
    this.#handle = handle;
    this.#bytes = bytes;
    this.#samples = timesMs.length;
    this.#firstMs = timesMs[0] ?? Number.NaN;
    this.#lastMs = timesMs.at(-1) ?? Number.NEGATIVE_INFINITY;
  }

  /** Begins a file; one that is there is replaced. */
  static async create(file: string): Promise<SensorWriter> {
    return new SensorWriter(await open(file, 'w'), 0, { timesMs: new Float64Array() });
  }

  /** Goes on with a file whose writer was interrupted: what is whole in it is written again. */
  static async resume(file: string): Promise<SensorWriter> {
    const columns = await readSensorFile(file, false);
    const writer = await SensorWriter.create(`${file}.partial`);
    if (columns.timesMs.length > 0) await writer.append(columns);
    await writer.#handle.datasync();
    await rename(`${file}.partial`, file);
    return writer;
  }

  /** Of the file, compressed. */
  get bytes(): number {
    return this.#bytes;
  }

  get samples(): number {
    return this.#samples;
  }

  /** Time of the last sample, milliseconds since the recording's start; -Infinity when there is none. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Samples a second over the whole file; 1 as long as that cannot be told. */
  get rateHz(): number {
    const spanMs = this.#lastMs - this.#firstMs;
    return spanMs > 0 ? Math.round(((this.#samples - 1) * 1e5) / spanMs) / 100 || 1 : 1;
  }

  /** @param columns in ascending order of time, all after `lastMs` */
  async append(columns: SensorColumns): Promise<void> {
    const text = this.#bytes === 0 ? formatSensorCsv(columns) : formatSensorRows(columns);
    const member = await compress(text);
    await this.#write(member);
    this.#bytes += member.length;
    if (this.#samples === 0) this.#firstMs = columns.timesMs[0] ?? Number.NaN;
    this.#samples += columns.values.length / AXIS_COUNT;
    this.#lastMs = columns.timesMs.at(-1) ?? this.#lastMs;
  }

  async #write(member: Buffer): Promise<void> {
    for (let at = 0; at < member.length; ) {
      const { bytesWritten } = await this.#handle.write(member, at, member.length - at, this.#bytes + at);
      at += bytesWritten;
    }
  }

  /** Cuts off what a failed write may have left, and puts everything on the disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#handle.truncate(this.#bytes);
      await this.#handle.datasync();
    } finally {
      await this.#handle.close();
    }
  }
}
