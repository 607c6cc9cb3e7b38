import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { GatewayError, messageOf } from '../errors.js';

export const HEADER_FILE = 'recording.json';

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
});

/** Format of `recording.json`: DESIGN, "Labelled recordings". */
const headerSchema = z.object({
  id: z.string().min(1),
  subject: z.string(),
  device: z.string().default(''),
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
 * Reads `recording.json` of a recording folder.
 *
 * @throws GatewayError `RECORDING_INVALID` naming the file and what is wrong with it
 */
export async function readHeader(path: string): Promise<RecordingHeader> {
  const file = join(path, HEADER_FILE);
  const result = headerSchema.safeParse(parseJson(file, await readText(file)));
  if (result.success) return result.data;
  throw new GatewayError('RECORDING_INVALID', `${file}:\n${z.prettifyError(result.error)}`);
}

/** Replaces `recording.json` so that a reader sees the old one or the new one, never half of it. */
export async function writeHeader(path: string, header: RecordingHeader): Promise<void> {
  const file = join(path, HEADER_FILE);
  await writeFile(`${file}.partial`, `${JSON.stringify(header, undefined, 2)}\n`);
  await rename(`${file}.partial`, file);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${file} is not JSON: ${messageOf(error)}`, { cause: error });
  }
}
