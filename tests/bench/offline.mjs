// How much faster than life recordings are worked through: windows of a model, windows of all sensors, and an evaluation of a
// model on labelled recordings, each by the command itself, its start included.
//   npm run bench -- offline [--hours 2] [--model accompany-demo] [--json]
// Factors are of recorded time to processor time, all threads together: real time on one core. Linux only.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatSensorCsv } from '../../build/recordings/sensor-csv.js';
import { readModel } from './lib/models.mjs';
import { costOf, run } from './lib/processes.mjs';

const ROOT = join(import.meta.dirname, '../..');
const { values: flags } = parseArgs({
  options: {
    hours: { type: 'string', default: '2' },
    model: { type: 'string', default: 'accompany-demo' },
    json: { type: 'boolean', default: false },
  },
});
const SAMPLING_RATE_HZ = 50;
const UNITS = { accelerometer: 'm/s2', gyroscope: 'rad/s', magnetometer: 'uT' };
const LABEL_MS = 300_000;

const folder = mkdtempSync(join(tmpdir(), 'alongside-offline-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const { manifest } = readModel(join(ROOT, 'models', flags.model));
const recording = writeRecording(Number(flags.hours) * 3_600_000);

const figures = {
  [`windows --model ${flags.model}`]: await factorOf(['windows', recording, '--model', flags.model]),
  windows: await factorOf(['windows', recording]),
  [`evaluate --model ${flags.model}`]: await factorOf(['evaluate', '--model', flags.model, '--data', folder]),
};
for (const [name, { factor, cpuSeconds }] of Object.entries(figures))
  console.log(`${name}: ${factor} times real time a core (${cpuSeconds} s for ${flags.hours} h)`);
if (flags.json) console.log(JSON.stringify({ benchmark: 'offline', figures }));
process.exit(0);

/** Somebody who moves, with labels that change every five minutes. */
function writeRecording(lengthMs) {
  const path = join(folder, 'recording');
  mkdirSync(path);
  const sensors = {};
  for (const [place, [name, unit]] of Object.entries(UNITS).entries()) {
    const rows = (lengthMs / 1000) * SAMPLING_RATE_HZ;
    const timesMs = Float64Array.from({ length: rows }, (_, row) => row * (1000 / SAMPLING_RATE_HZ) + place);
    const values = Float32Array.from(
      { length: rows * 3 },
      (_, at) => Math.round(Math.sin(at / (7 + place)) * 5e4) / 1e4,
    );
    writeFileSync(join(path, `${name}.csv`), formatSensorCsv({ timesMs, values }));
    sensors[name] = { file: `${name}.csv`, unit, gravity: true, nominalRateHz: SAMPLING_RATE_HZ };
  }
  const labels = Array.from({ length: lengthMs / LABEL_MS }, (_, index) => ({
    fromMs: index * LABEL_MS,
    toMs: (index + 1) * LABEL_MS,
    activity: index % 2 ? 'walking' : 'sitting',
    accompanied: index % 2 === 0,
    conversation: index % 3 === 0,
  }));
  const placement = manifest.placement === 'any' ? undefined : manifest.placement;
  const header = { id: 'recording', subject: '1', device: '', placement, start: new Date(0).toISOString() };
  writeFileSync(join(path, 'recording.json'), JSON.stringify({ ...header, sensors, labels }));
  return path;
}

/** The cost of a command; what it prints is thrown away. */
async function factorOf(words) {
  const before = costOf(process.pid).cpu;
  const options = { stdio: ['ignore', 'ignore', 'pipe'], cwd: ROOT };
  await run([process.execPath, join(ROOT, 'dist/main.js'), ...words], options);
  const cpuSeconds = costOf(process.pid).cpu - before;
  const factor = Math.round((Number(flags.hours) * 3600) / cpuSeconds);
  return { factor, cpuSeconds: Number(cpuSeconds.toFixed(2)) };
}
