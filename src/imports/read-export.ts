import type { PlatformName } from '../decode/platform.js';
import { GatewayError } from '../errors.js';
import { readExportFiles } from './export-files.js';
import type { ImportedRecording } from './imported-recording.js';
import { isPhyphoxExport, readPhyphoxExport } from './phyphox-export.js';
import { isSensorLoggerExport, readSensorLoggerExport } from './sensor-logger-export.js';

export interface ExportOptions {
  /** Convention of the phone's signs and units (Sensor Logger). */
  readonly platform: PlatformName | undefined;
  /** Epoch milliseconds of experiment time 0 (phyphox). */
  readonly startMs: number | undefined;
}

/**
 * Reads the export of an app, whichever it is: a zip file, a folder, or a single file.
 *
 * @throws GatewayError `RECORDING_INVALID` naming the file and what is wrong with it
 */
export async function readExport(path: string, options: ExportOptions): Promise<ImportedRecording> {
  const files = await readExportFiles(path);
  if (isSensorLoggerExport(files)) return readSensorLoggerExport(files, options.platform);
  if (isPhyphoxExport(files)) return readPhyphoxExport(files, options.startMs);
  throw new GatewayError(
    'RECORDING_INVALID',
    `${path} is neither an export of Sensor Logger (CSV or JSON) nor one of phyphox (CSV); it holds ${[...files.keys()].slice(0, 5).join(', ')}`,
  );
}
