import type { SampleBlock } from '../../domain/samples.js';
import type { PlatformName } from '../../ingest/decode/platform.js';
import type { LabelStatement } from '../label-track.js';
import type { CsvFormat } from './csv-table.js';
import type { ExportFile } from './export-files.js';

export type ExportApp = 'Sensor Logger' | 'phyphox';

/** A file of an export, and how its table is written; a JSON file has none. */
export interface ExportPart {
  readonly file: ExportFile;
  readonly format: CsvFormat | undefined;
}

/** What one recording has been exported as. */
export interface FoundExport {
  readonly app: ExportApp;
  /** Its folder or file below what was given; empty at the top. */
  readonly name: string;
  readonly parts: readonly ExportPart[];
}

/** What a person can say of exports that do not say it themselves. */
export interface ExportOptions {
  /** Convention of the phone's signs and units (Sensor Logger). */
  readonly platform: PlatformName | undefined;
  /** Epoch milliseconds of second 0. */
  readonly startMs: number | undefined;
}

/** What an app's export holds, in SI units and Android's convention. */
export interface ImportedRecording {
  /** The app, for people. */
  readonly app: ExportApp;
  /** As the export names it; `undefined` when it does not. */
  readonly device: string | undefined;
  /** One block a sensor, times in epoch milliseconds. */
  readonly blocks: readonly SampleBlock[];
  /** On the epoch's clock; each holds until the next. */
  readonly labels: readonly LabelStatement[];
  /** Samples that are no numbers, or lack a time of 2000 to 2099. */
  readonly invalidSamples: number;
  /** What was left out or assumed, a line each. */
  readonly notes: readonly string[];
}
