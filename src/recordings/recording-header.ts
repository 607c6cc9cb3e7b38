import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { RecordingLabel } from '../domain/recording.js';
import { PLACEMENTS } from '../domain/samples.js';
import { GatewayError, isMissing, messageOf } from '../shared/errors.js';
import { appendLines, writeAtomically } from '../shared/files.js';
import { parseJson } from '../shared/text.js';
import { labelsWithin, layLabel } from './label-track.js';

export const HEADER_FILE = 'recording.json';
/** Labels that the header does not have yet, a line each: to append one costs the same however many there are. */
const LABELS_FILE = 'labels.ndjson';

const sensorSchema = z.object({
  file: z.string().regex(/^[\w.-]+$/, 'a file name inside the recording, without a path'),
  unit: z.string(),
  gravity: z.boolean().optional(),
  nominalRateHz: z.number().positive(),
});

const labelSchema = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  activity: z.string().nullable().default(null),
  accompanied: z.boolean().nullable().default(null),
  conversation: z.boolean().nullable().default(null),
  detail: z.string().nullable().optional(),
  with: z.array(z.string()).readonly().nullable().optional(),
});

/** Format of `recording.json`: DESIGN, "Labelled recordings". */
const headerSchema = z.object({
  id: z.string().min(1),
  subject: z.string(),
  device: z.string().default(''),
  placement: z.enum(PLACEMENTS).optional().describe('Where the device was worn'),
  start: z.iso.datetime(),
  end: z.iso.datetime().optional().describe('Of the last sample, once it is complete'),
  complete: z
    .boolean()
    .default(true)
    .describe('false while it is being recorded: its last lines may be half written'),
  sensors: z.record(z.string(), sensorSchema),
  labels: z.array(labelSchema).default([]),
});

export type RecordingHeader = z.infer<typeof headerSchema>;
export type SensorHeader = RecordingHeader['sensors'][string];

/**
 * Reads `recording.json` of a recording folder, with the labels that were appended since it was written.
 *
 * @throws GatewayError `RECORDING_INVALID` naming the file and what is wrong with it
 */
export async function readHeader(path: string): Promise<RecordingHeader> {
  const file = join(path, HEADER_FILE);
  const result = headerSchema.safeParse(jsonOf(file, await readBytes(file)));
  if (result.success) return withAppended(result.data, await readAppended(path));
  throw new GatewayError('RECORDING_INVALID', `${file}:\n${z.prettifyError(result.error)}`);
}

/** Replaces `recording.json`, and so the labels that were appended since it was written. */
export async function writeHeader(path: string, header: RecordingHeader): Promise<void> {
  await writeAtomically(join(path, HEADER_FILE), `${JSON.stringify(header, undefined, 2)}\n`);
  await rm(join(path, LABELS_FILE), { force: true });
}

/**
 * Adds labels to a recording; resolves when they are on the disk. Reading lays them over those of the header in their order,
 * which changes nothing where the header has them already.
 *
 * @param labels on the recording's clock
 */
export async function appendLabels(path: string, labels: readonly RecordingLabel[]): Promise<void> {
  await using file = await open(join(path, LABELS_FILE), 'a+');
  await appendLines(
    file,
    labels.map((label) => JSON.stringify(label)),
  );
}

function withAppended(header: RecordingHeader, appended: readonly RecordingLabel[]): RecordingHeader {
  if (appended.length === 0) return header;
  const labels = [...header.labels];
  for (const label of appended) layLabel(labels, label);
  if (!header.complete || header.end === undefined) return { ...header, labels };
  return { ...header, labels: labelsWithin(labels, 0, Date.parse(header.end) - Date.parse(header.start)) };
}

/** A line that was cut short was never acknowledged. */
async function readAppended(path: string): Promise<RecordingLabel[]> {
  const text = await readFile(join(path, LABELS_FILE), 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      return [labelSchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function jsonOf(file: string, bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file} is not JSON: ${messageOf(error)}`, { cause: error });
  }
}
