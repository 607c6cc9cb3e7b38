// Signatures of recordings, for the benchmark `company`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { movementWindowOf } from '../../../build/company/movement-window.js';
import { SignatureHistory } from '../../../build/company/signature-history.js';
import { configSchema } from '../../../build/config/schema.js';
import { synchroniseOptions } from '../../../build/gateway/stages.js';
import { listRecordings, readRecording } from '../../../build/recordings/read-recording.js';
import { signaturesOfRecording } from '../../../build/recordings/recording-messages.js';
import { areaUnderRoc, rank } from '../../../build/training/roc.js';

const GRAVITY = 9.80665;
const options = synchroniseOptions(configSchema.parse({}).stream);

/** @param {string} name of a folder of shared/data @returns its path, or `undefined` where it is not there */
export function dataFolder(name) {
  const folder = join(import.meta.dirname, '../../../../shared/data', name);
  return existsSync(folder) ? folder : undefined;
}

/** Every recording of a folder, one after the other. */
export async function* recordingsIn(folder) {
  for (const path of await listRecordings(folder)) yield { path, recording: await readRecording(path) };
}

/** @returns {import('../../../build/domain/company.js').SignatureRow[]} */
export function rowsOf(recording, device = 'recording') {
  return [...signaturesOfRecording(inSiUnits(recording), device, options)];
}

/** A device's window that ends at a time. */
export function windowAt(rows, endMs, seconds) {
  const history = new SignatureHistory();
  for (const row of rows) if (row.endMs <= endMs && row.endMs > endMs - seconds * 1000) history.add(row);
  return movementWindowOf(history.before(endMs, seconds));
}

/** @param {[number, boolean][]} scores with whether each is of a pair that is together */
export function aucOf(scores) {
  return areaUnderRoc(
    rank(scores.map(([score]) => score)),
    scores.map(([, isPositive]) => isPositive),
  );
}

/** One g of casale-chest's converter, about: no scale fits all its subjects, see its dataset.json. */
const COUNTS_PER_G = 350;

/** Counts of a converter, each axis against its own median, with gravity put on y where the chest has it. */
function inSiUnits(recording) {
  const sensors = recording.sensors.map((sensor) => {
    if (sensor.kind !== 'accelerometer-raw') return sensor;
    const { timesMs, values } = sensor.samples;
    const medians = [0, 1, 2].map((axis) => middle(values.filter((_, at) => at % 3 === axis)));
    const si = values.map(
      (value, at) => ((value - medians[at % 3]) / COUNTS_PER_G + (at % 3 === 1 ? 1 : 0)) * GRAVITY,
    );
    return {
      ...sensor,
      kind: 'accelerometer',
      unit: 'm/s2',
      gravity: true,
      samples: { sensor: 'accelerometer', timesMs, values: si },
    };
  });
  return { ...recording, sensors };
}

function middle(values) {
  return values.toSorted()[Math.floor(values.length / 2)];
}
