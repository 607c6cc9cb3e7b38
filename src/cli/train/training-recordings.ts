import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Recording } from '../../domain/recording.js';
import { SIMULATED_DATA } from '../../inference/models/manifest.js';
import { listRecordings, readRecording } from '../../recordings/read-recording.js';
import { simulatedRecordings } from '../../recordings/simulation/simulated-recordings.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { parseJson } from '../../shared/text.js';

/** Recordings to learn from or to be measured on, and where they come from. */
export interface TrainingRecordings {
  readonly recordings: readonly Recording[];
  /** The file of a recording, or what a simulated one is called. */
  readonly nameOf: (recording: Recording) => string;
  /** One sentence or two for the model card. */
  readonly description: string;
  /** Recordings that could not be read, each with its file and what is wrong with it. */
  readonly unreadable: readonly string[];
}

/** `dataset.json` beside the recordings, where there is one. */
const dataSetSchema = z.object({
  name: z.string(),
  description: z.string().default(''),
  source: z.string().default(''),
  licence: z.string().default('not stated'),
});

const simulationSchema = z
  .strictObject({
    people: z.coerce.number().int().min(2).max(10_000).default(20),
    seconds: z.coerce.number().min(60).max(86_400).default(1200),
    first: z.coerce.number().int().min(0).default(0),
    seed: z.coerce.number().int().min(0).default(1),
  })
  .describe('Of `--data simulation:people=20,seconds=1200,first=0,seed=1`');

const SIMULATION_PREFIX = 'simulation:';

/**
 * Finds the recordings that `--data` names: a folder of recordings, or `simulation:people=N,seconds=S,first=N,seed=N`.
 *
 * @throws GatewayError `RECORDING_INVALID` when none can be read, `USAGE` when the simulation's settings are wrong
 */
export async function loadTrainingRecordings(data: string): Promise<TrainingRecordings> {
  const simulated = simulationSettings(data);
  if (simulated !== undefined) return simulate(simulated);
  const recordings: Recording[] = [];
  const files = new Map<Recording, string>();
  const unreadable: string[] = [];
  for (const path of await listRecordings(data)) {
    try {
      const recording = await readRecording(path);
      recordings.push(recording);
      files.set(recording, join(path, 'recording.json'));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      unreadable.push(error.message);
    }
  }
  if (recordings.length === 0) {
    const why = unreadable.length === 0 ? 'no folder in it holds a recording.json' : unreadable.join('\n');
    throw new GatewayError('RECORDING_INVALID', `${data}: nothing to read: ${why}`);
  }
  const nameOf = (recording: Recording): string => files.get(recording) ?? recording.id;
  return { recordings, nameOf, unreadable, description: await describe(data, recordings) };
}

/**
 * What `--data` asks of a simulation; `undefined` where it names a folder.
 *
 * @throws GatewayError `USAGE` when the settings are wrong
 */
export function simulationSettings(data: string): z.infer<typeof simulationSchema> | undefined {
  if (!data.startsWith(SIMULATION_PREFIX)) return undefined;
  const pairs = data
    .slice(SIMULATION_PREFIX.length)
    .split(',')
    .filter((pair) => pair !== '');
  const result = simulationSchema.safeParse(Object.fromEntries(pairs.map((pair) => pair.split('=', 2))));
  if (result.success) return result.data;
  throw new GatewayError('USAGE', `--data ${data}:\n${z.prettifyError(result.error)}`);
}

function simulate({ people, seconds, first, seed }: z.infer<typeof simulationSchema>): TrainingRecordings {
  return {
    recordings: simulatedRecordings({ people, firstPerson: first, secondsEach: seconds, seed }),
    nameOf: ({ id }) => `simulated recording "${id}"`,
    unreadable: [],
    description:
      `${SIMULATED_DATA} ${people} simulated people, ${Math.round(seconds / 60)} minutes each (seed ${seed}). ` +
      'No human being was recorded.',
  };
}

async function describe(data: string, recordings: readonly Recording[]): Promise<string> {
  const minutes = recordings.reduce((sum, recording) => sum + durationMs(recording) / 60_000, 0);
  const size = `${recordings.length} recordings, ${Math.round(minutes)} minutes`;
  const content = await readFile(join(data, 'dataset.json')).catch(() => undefined);
  if (content === undefined) return `${size}.`;
  try {
    const set = dataSetSchema.parse(parseJson(content));
    return `${set.name}: ${set.description} ${size}. Source: ${set.source}. Licence of the data: ${set.licence}.`;
  } catch (error) {
    throw new GatewayError('RECORDING_INVALID', `${join(data, 'dataset.json')}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function durationMs(recording: Recording): number {
  return Math.max(0, ...recording.sensors.map((sensor) => sensor.samples.timesMs.at(-1) ?? 0));
}
