import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { configSchema } from '../../config/schema.js';
import { parseDeviceId } from '../../domain/ids.js';
import type { Recording } from '../../domain/recording.js';
import { synchroniseOptions } from '../../gateway/stages.js';
import { signaturesOfRecording } from '../../recordings/recording-messages.js';
import { companyRecordings } from '../../recordings/simulation/companions/company-recordings.js';
import { GatewayError } from '../../shared/errors.js';
import { learnPairs } from '../../training/company/learn-pairs.js';
import type { PersonRecording } from '../../training/company/pair-windows.js';
import { writeCompanyModel } from '../../training/company/write-company-model.js';
import type { CliContext } from '../context.js';
import { modelNameOf, readCard } from './model-flags.js';
import { loadTrainingRecordings, simulationSettings } from './training-recordings.js';

/** Options of `alongside train company`. */
export interface TrainCompanyFlags {
  readonly data: string;
  readonly out: string;
  readonly modelVersion?: string;
  readonly folds: number;
  readonly json?: boolean;
}

/** People of one simulated scene, who meet each other; those of another scene live on another day. */
const SCENE_PEOPLE = 8;
const DAY_MS = 86_400_000;

/** Learns from recordings whose labels say with whom people were, and writes a model folder. */
export async function trainCompany(context: CliContext, flags: TrainCompanyFlags): Promise<void> {
  const name = modelNameOf(flags.out);
  const card = await readCard(flags, DEFAULT_CARD);
  const { recordings, description } = await recordingsOf(context, flags.data);
  const people = recordings.map((recording) => personOf(recording));
  const learnt = learnPairs(people, flags.folds);
  const version = flags.modelVersion ?? new Date(context.clock.nowMs()).toISOString().slice(0, 10);
  await writeCompanyModel(flags.out, learnt, {
    name,
    version,
    data: description,
    licence: card.licence,
    folds: flags.folds,
    command: `alongside train company --data ${basename(flags.data)} --out ${basename(flags.out)} --folds ${flags.folds}`,
    evidence: await readFile(join(flags.out, 'evidence.md'), 'utf8').catch(() => ''),
  });
  const { windows, together, rocAuc, minuteRocAuc } = learnt;
  context.note(
    `${people.length} people, ${windows} windows of pairs, ${together} of them together; pairs of people never seen: ` +
      `ROC AUC ${rocAuc?.toFixed(3)} a window, ${minuteRocAuc?.toFixed(3)} a minute`,
  );
  context.note(`model: ${flags.out}`);
  if (flags.json === true) {
    const figures = { people: people.length, windows, together, rocAuc, minuteRocAuc };
    context.print(JSON.stringify({ model: flags.out, ...figures }));
  }
}

const DEFAULT_CARD = {
  summary: 'Tells whether two people are together.',
  licence: 'not stated; it depends on the recordings',
  limits: [],
};

async function recordingsOf(
  context: CliContext,
  data: string,
): Promise<{ recordings: readonly Recording[]; description: string }> {
  const simulated = simulationSettings(data);
  if (simulated === undefined) {
    const { recordings, unreadable, description } = await loadTrainingRecordings(data);
    for (const line of unreadable) context.note(`left out: ${line}`);
    return { recordings, description };
  }
  const { people, seconds, seed } = simulated;
  const scenes = Math.ceil(people / SCENE_PEOPLE);
  const recordings = Array.from({ length: scenes }, (_, scene) =>
    companyRecordings({ people: SCENE_PEOPLE, seconds, seed: seed * 1000 + scene }).map((recording) => ({
      ...recording,
      startMs: recording.startMs + scene * DAY_MS,
    })),
  ).flat();
  return {
    recordings,
    description: `simulation: ${scenes} days of ${SCENE_PEOPLE} people each, ${seconds} s, seed ${seed}; nothing was measured on anyone.`,
  };
}

function personOf(recording: Recording): PersonRecording {
  const { id, subject, device, startMs, labels } = recording;
  const named = parseDeviceId(device) ?? parseDeviceId(id);
  if (named === undefined)
    throw new GatewayError(
      'RECORDING_INVALID',
      `recording ${id} names no device; "device" must be a device's name`,
    );
  const options = synchroniseOptions(configSchema.parse({}).stream);
  return { subject, startMs, labels, rows: [...signaturesOfRecording(recording, named, options)] };
}
