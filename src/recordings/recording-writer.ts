import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceId } from '../domain/ids.js';
import type { RecordingLabel } from '../domain/recording.js';
import { type Placement, SENSOR_KINDS, type SensorKind } from '../domain/samples.js';
import { GatewayError } from '../shared/errors.js';
import { fileNameOf, makeFolder, PRIVATE_FOLDER } from '../shared/files.js';
import { closed, type LabelStatement, labelsWithin, layLabel, moved } from './label-track.js';
import {
  appendLabels,
  type RecordingHeader,
  readHeader,
  type SensorHeader,
  writeHeader,
} from './recording-header.js';
import { SENSOR_NAMING, type SensorColumns } from './sensor-csv.js';
import { SensorWriter } from './sensor-file.js';

/** Whose recording it is and when it began. */
export interface NewRecording {
  readonly device: DeviceId;
  readonly subject: string;
  readonly placement?: Placement | undefined;
  /** Epoch milliseconds of t = 0, whole. */
  readonly startMs: number;
  /** What is known already, on the epoch's clock. */
  readonly labels?: readonly RecordingLabel[];
}

interface WrittenSensor {
  readonly kind: SensorKind;
  readonly writer: SensorWriter;
}

/** One recording that is being written: readable at any time, also after the process was killed. */
export class RecordingWriter {
  readonly path: string;
  readonly startMs: number;
  readonly #header: Omit<RecordingHeader, 'sensors' | 'labels' | 'end' | 'complete'>;
  readonly #sensors = new Map<string, WrittenSensor>();
  /** On the recording's own clock. */
  #labels: RecordingLabel[];

  private constructor(path: string, header: RecordingHeader) {
    this.path = path;
    this.startMs = Date.parse(header.start);
    const { id, subject, device, placement, start } = header;
    this.#header = { id, subject, device, ...(placement && { placement }), start };
    this.#labels = header.labels;
  }

  /** Begins a recording in a new folder below `folder`; one of the same device and time that is there stays as it is. */
  static async create(
    folder: string,
    { device, subject, placement, startMs, labels = [] }: NewRecording,
  ): Promise<RecordingWriter> {
    const start = new Date(startMs).toISOString();
    await makeFolder(folder, PRIVATE_FOLDER);
    const suffix = await makeOwnFolder(recordingPath(folder, device, startMs));
    const path = `${recordingPath(folder, device, startMs)}${suffix}`;
    const id = `${device}-${compactTime(startMs)}${suffix}`;
    const known = labels.map((label) => moved(label, -startMs));
    const whose = { id, subject, device, ...(placement && { placement }), start };
    const header = { ...whose, complete: false, sensors: {}, labels: known };
    try {
      await writeHeader(path, header);
    } catch (error) {
      await rm(path, { recursive: true, force: true });
      throw error;
    }
    return new RecordingWriter(path, header);
  }

  /**
   * Goes on with a recording whose writer was interrupted.
   *
   * @throws GatewayError `RECORDING_INVALID` when it cannot be read
   */
  static async resume(path: string): Promise<RecordingWriter> {
    const header = await readHeader(path);
    const writer = new RecordingWriter(path, header);
    for (const [name, { file, unit }] of Object.entries(header.sensors)) {
      const kind = kindOf(path, name, unit);
      writer.#sensors.set(name, { kind, writer: await SensorWriter.resume(join(path, file)) });
    }
    return writer;
  }

  /** Where the device was worn, as far as that was said. */
  get placement(): Placement | undefined {
    return this.#header.placement;
  }

  get id(): string {
    return this.#header.id;
  }

  /** On the epoch's clock. */
  get labels(): RecordingLabel[] {
    return this.#labels.map((label) => moved(label, this.startMs));
  }

  /** Of the files of samples. */
  get bytes(): number {
    return this.#writers.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Samples of the sensor that has most. */
  get samples(): number {
    return this.#writers.reduce((most, { samples }) => Math.max(most, samples), 0);
  }

  /** Time of the newest sample, epoch milliseconds; -Infinity when there is none. */
  get endMs(): number {
    return (
      this.startMs +
      this.#writers.reduce((last, { lastMs }) => Math.max(last, lastMs), Number.NEGATIVE_INFINITY)
    );
  }

  /** Before and at this time no sample of a sensor can be added any more, epoch milliseconds. */
  writtenToMs(kind: SensorKind): number {
    const sensor = this.#sensors.get(SENSOR_NAMING[kind].name);
    return this.startMs + (sensor?.writer.lastMs ?? Number.NEGATIVE_INFINITY);
  }

  /** Whether samples of this kind have a place: a device's second accelerometer, of another unit, has none. */
  takes(kind: SensorKind): boolean {
    const sensor = this.#sensors.get(SENSOR_NAMING[kind].name);
    return sensor === undefined || sensor.kind === kind;
  }

  /** @param columns times in epoch milliseconds, ascending, all after {@link writtenToMs} */
  async append(kind: SensorKind, { timesMs, values }: SensorColumns): Promise<void> {
    const writer = this.#sensors.get(SENSOR_NAMING[kind].name)?.writer ?? (await this.#begin(kind));
    await writer.append({ timesMs: timesMs.map((timeMs) => timeMs - this.startMs), values });
  }

  /**
   * Resolves when the statements are on the disk.
   *
   * @param statements on the epoch's clock
   */
  async label(statements: readonly LabelStatement[], openLabelMs: number): Promise<void> {
    const labels = [...this.#labels];
    const added = statements.map((statement) => {
      const label = closed(labels, moved(statement, -this.startMs), openLabelMs);
      layLabel(labels, label);
      return label;
    });
    await appendLabels(this.path, added);
    this.#labels = labels;
  }

  /** Ends it; one without samples leaves nothing. */
  async close(): Promise<void> {
    for (const writer of this.#writers) await writer[Symbol.asyncDispose]();
    if (this.samples === 0) await rm(this.path, { recursive: true, force: true });
    else await this.#save(true);
  }

  /** Lets go of the files and leaves them as they are, to be resumed. */
  async abandon(): Promise<void> {
    for (const writer of this.#writers) await writer[Symbol.asyncDispose]();
    await this.#save(false);
  }

  get #writers(): SensorWriter[] {
    return [...this.#sensors.values()].map(({ writer }) => writer);
  }

  async #begin(kind: SensorKind): Promise<SensorWriter> {
    const { name } = SENSOR_NAMING[kind];
    const writer = await SensorWriter.create(join(this.path, fileOf(name)));
    this.#sensors.set(name, { kind, writer });
    await this.#save(false);
    return writer;
  }

  async #save(complete: boolean): Promise<void> {
    const spanMs = this.endMs - this.startMs;
    await writeHeader(this.path, {
      ...this.#header,
      ...(complete ? { end: new Date(this.endMs).toISOString() } : {}),
      complete,
      sensors: Object.fromEntries([...this.#sensors].map(([name, sensor]) => [name, headerOf(name, sensor)])),
      labels: complete ? labelsWithin(this.#labels, 0, spanMs) : [...this.#labels],
    });
  }
}

/** Where a recording of a device that begins at a time lies below a folder of recordings. */
export function recordingPath(folder: string, device: DeviceId, startMs: number): string {
  return join(folder, `${fileNameOf(device)}-${compactTime(startMs)}`);
}

function compactTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/[:.-]/g, '');
}

/** Makes a folder that is not there yet. @returns what had to be added to its name */
async function makeOwnFolder(path: string): Promise<string> {
  for (let count = 1; ; count++) {
    const suffix = count === 1 ? '' : `-${count}`;
    try {
      await mkdir(`${path}${suffix}`, { mode: PRIVATE_FOLDER });
      return suffix;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

function fileOf(name: string): string {
  return `${name}.csv.gz`;
}

function headerOf(name: string, { kind, writer }: WrittenSensor): SensorHeader {
  const { unit, gravity } = SENSOR_NAMING[kind];
  return {
    file: fileOf(name),
    unit,
    ...(gravity === undefined ? {} : { gravity }),
    nominalRateHz: writer.rateHz,
  };
}

function kindOf(path: string, name: string, unit: string): SensorKind {
  const found = SENSOR_KINDS.find(
    (kind) => SENSOR_NAMING[kind].name === name && SENSOR_NAMING[kind].unit === unit,
  );
  if (found !== undefined) return found;
  throw new GatewayError('RECORDING_INVALID', `${path}: the gateway does not record "${name}" in "${unit}"`);
}
