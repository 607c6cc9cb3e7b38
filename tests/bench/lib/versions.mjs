// Versions of the programs that a run of the stream measures, for the line above its table.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './processes.mjs';

const ROOT = join(import.meta.dirname, '../../..');
const PYTHON = 'import sys, torch; print(sys.version.split()[0], "with PyTorch", torch.__version__)';

/** Of what every run has, and of each peer that takes part. */
export async function versionsOf(systems) {
  const versions = {
    Alongside: versionIn('package.json'),
    'Node.js': process.versions.node,
    'ONNX Runtime': versionIn('node_modules/onnxruntime-node/package.json'),
    mosquitto: numberIn(await answerOf(['mosquitto', '-h'])),
    InfluxDB: numberIn(await answerOf(['influxd', 'version'])),
  };
  const hasPython = systems.some(({ name }) => /python/i.test(name));
  return hasPython ? { ...versions, Python: await answerOf(['/usr/bin/python3', '-c', PYTHON]) } : versions;
}

function versionIn(file) {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).version;
}

/** What a program says, whatever code it ends with. */
async function answerOf(command) {
  return (await run(command).catch((error) => String(error))).trim();
}

function numberIn(text) {
  return /\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? 'of a version that it does not say';
}
