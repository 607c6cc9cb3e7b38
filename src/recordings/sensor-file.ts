import { readFile } from 'node:fs/promises';
import { constants, gunzipSync, type ZlibOptions } from 'node:zlib';
import { GatewayError, messageOf } from '../shared/errors.js';
import { parseSensorCsv, SENSOR_CSV_HEADER, type SensorColumns } from './sensor-csv.js';

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
