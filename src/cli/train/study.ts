import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { GatewayError } from '../../shared/errors.js';
import {
  type RecordingStudy,
  studyRecording,
  summarise,
} from '../../training/study/synchronisation-study.js';
import type { CliContext } from '../context.js';
import { numberBetween } from '../options.js';
import { loadTrainingRecordings } from './training-recordings.js';

interface StudyFlags {
  readonly data: string;
  readonly rate: number;
  readonly tolerance: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** `alongside study synchronisation`: what different ways of synchronising leave on real recordings. */
export function createStudyCommand(context: CliContext): Command {
  const command = new Command('study');
  command
    .command('synchronisation')
    .description(
      'time-stamp differences left by nearest, previous and linear interpolation, before and after offsets and drifts of sensors are taken out',
    )
    .requiredOption('--data <folder>', 'recordings')
    .option('--rate <hz>', 'rows a second', numberBetween(1, 1000), 50)
    .option('--tolerance <ms>', 'largest distance between a row and its sample', numberBetween(0, 60_000), 50)
    .option('--out <file>', 'page to write, HTML')
    .option('--json', 'print one JSON object')
    .action((flags: StudyFlags) => study(context, flags));
  return command;
}

async function study(context: CliContext, flags: StudyFlags): Promise<void> {
  const { recordings, unreadable } = await loadTrainingRecordings(flags.data);
  for (const line of unreadable) context.note(`left out: ${line}`);
  const several = recordings.filter(({ sensors }) => sensors.length > 1);
  if (several.length === 0) {
    throw new GatewayError('RECORDING_INVALID', `${flags.data}: no recording has more than one sensor`);
  }
  const options = { samplingRateHz: flags.rate, toleranceMs: flags.tolerance };
  const studies: RecordingStudy[] = [];
  for (const recording of several) {
    if (context.signal.aborted) break;
    studies.push(studyRecording(recording, options));
  }
  const summary = summarise(studies);
  if (flags.out !== undefined) {
    // The charts are loaded for the page only.
    const { studyPage } = await import('../../training/study/study-report.js');
    await writeFile(flags.out, studyPage(studies, summary));
  }
  if (flags.json === true) {
    context.print(JSON.stringify({ methods: summary, recordings: studies }));
    return;
  }
  for (const line of clockLines(studies)) context.print(line);
  context.print('interpolation  by stamps  before  after (ms, mean)  error (std)  rows missing');
  for (const { method, stampsMs, beforeMs, afterMs, error, missing } of summary) {
    const cells = [stampsMs, beforeMs, afterMs, error].map((value) => value.toFixed(3));
    context.print(`${method.padEnd(13)}  ${cells.join('  ')}  ${(missing * 100).toFixed(2)} %`);
  }
}

function clockLines(studies: readonly RecordingStudy[]): string[] {
  return studies.flatMap(({ recording, sensors }) =>
    sensors.flatMap(({ sensor, isReference, clock }) => {
      if (isReference) return [];
      if (clock === undefined)
        return [`${recording}, ${sensor}: too different from the reference to determine its clock`];
      const { offsetMs, driftPpm, spreadMs, usedSegments, segments } = clock;
      return [
        `${recording}, ${sensor}: ${offsetMs.toFixed(2)} ms behind the reference, drift ${driftPpm.toFixed(1)} ppm ` +
          `(± ${spreadMs.toFixed(2)} ms, ${usedSegments} of ${segments} stretches)`,
      ];
    }),
  );
}
