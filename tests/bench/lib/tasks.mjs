// What a system is to do in a run: which load, which windows, compared with what.
import { join } from 'node:path';
import { SAMPLES_PER_MESSAGE } from './phones.mjs';

/** The peers' load has 50 Hz, windows of 128 rows and strides of 64, as their model. */
const PEERS_SHAPE = { samplingRateHz: 50, sizeSamples: 128, strideSamples: 64 };

/** A point's time is its window's last row or the end of that row: both give the window's number. */
function windowNumbering({ samplingRateHz, sizeSamples, strideSamples }) {
  return (timeMs) =>
    Math.floor((Math.round((timeMs * samplingRateHz) / 1000) - (sizeSamples - 1)) / strideSamples);
}

/**
 * The peers' load, reference and floor.
 *
 * @returns {Promise<import('./measure.mjs').Task>}
 */
export async function peersTask(peers, floorSeconds) {
  return {
    targets: ['accompanied', 'conversation'],
    samplesPerMessage: 150,
    windowAt: windowNumbering(PEERS_SHAPE),
    publishCommand: (options) => peers.publishCommand(options),
    verify: (stored, report, phones) => peers.verify(stored, report, phones),
    floor: await peers.floor(floorSeconds),
  };
}

/**
 * Phones that send what a model wants.
 *
 * @param {import('./models.mjs').Model} model
 * @returns {import('./measure.mjs').Task}
 */
export function ownTask({ name, manifest }) {
  if (manifest.kind !== 'sequence' || manifest.accelerometerUnit === 'adc') {
    throw new Error(`phones cannot send what ${name} wants; choose a sequence model in m/s²`);
  }
  const { samplingRateHz, sizeSamples, strideSamples } = manifest;
  const sensors = [...new Set(manifest.channels.map((channel) => channel.split('.')[0]))];
  const shape = {
    samplingRateHz,
    sizeSamples,
    strideSamples,
    sensors,
    hasGravity: manifest.gravity === 'included',
  };
  return {
    targets: manifest.targets.filter(({ classes }) => classes.length === 2).map((target) => target.name),
    samplesPerMessage: SAMPLES_PER_MESSAGE,
    windowAt: windowNumbering(manifest),
    publishCommand: ({ url, phones, seconds, expectFile }) => {
      const options = { url, phones, seconds, shape: JSON.stringify(shape), expect: expectFile };
      const args = Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]);
      return [process.execPath, join(import.meta.dirname, 'publish.mjs'), ...args];
    },
  };
}
