// Pictures: what the gateway serves over HTTP, alone and while phones stream, and the network itself on ONNX Runtime and on
// TensorFlow.js.
//   npm run bench -- apparel [--model models/apparel] [--pictures FOLDER] [--seconds 20] [--connections 8] [--phones 100] [--rate 30] [--json]
//   npm run bench -- apparel --model models/apparel-worn --pictures FOLDER: frames with people
// Alone: JPEGs of one megapixel over so many connections, each as soon as the one before is answered. Beside phones: at
// --rate a second, latency from when a request was due. The load runs on the same machine and takes its share.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { closedLoop, openLoop } from './lib/http-load.mjs';
import { createTfjsRunner } from './lib/onnx-on-tfjs.mjs';
import { makePictures } from './lib/pictures.mjs';
import { costOf, start, stop, untilOutput } from './lib/processes.mjs';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/apparel' },
    pictures: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    connections: { type: 'string', default: '8' },
    phones: { type: 'string', default: '100' },
    rate: { type: 'string', default: '30' },
    set: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
});
const [seconds, connections, phones, rate] = ['seconds', 'connections', 'phones', 'rate'].map((name) =>
  Number(flags[name]),
);
const MAIN = join(import.meta.dirname, '../../dist/main.js');
const folder = mkdtempSync(join(tmpdir(), 'alongside-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const manifest = JSON.parse(readFileSync(join(flags.model, 'manifest.json'), 'utf8'));
const note = (line) => console.error(line);
const fixed = (value) => value.toFixed(1);

/** Milliseconds a picture on one thread, the best of some rounds. */
async function network() {
  const bytes = readFileSync(join(flags.model, manifest.file));
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  // TensorFlow.js lacks operators of the models that look at people.
  const tfjs = manifest.people === undefined ? await createTfjsRunner(bytes) : undefined;
  const { input, output, heightPixels, widthPixels } = manifest;
  const figures = {};
  for (const batch of [1, 4]) {
    const dims = [batch, 3, heightPixels, widthPixels];
    const values = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, index) => Math.sin(index));
    const onOnnx = async () =>
      (await session.run({ [input]: new Tensor('float32', values, dims) }, [output]))[output].data;
    const onnxMs = (await bestMs(onOnnx, 12)) / batch;
    if (tfjs === undefined) {
      figures[`batch${batch}`] = { onnxMs };
      continue;
    }
    const onTfjs = async () => tfjs(values, dims, output);
    const [a, b] = [await onOnnx(), await onTfjs()];
    const difference = Math.max(...a.map((value, index) => Math.abs(value - b[index])));
    if (!(difference < 1e-3)) throw new Error(`the two differ by ${difference}: not the same network`);
    figures[`batch${batch}`] = {
      onnxMs,
      tfjsMs: (await bestMs(onTfjs, 6)) / batch,
      difference,
    };
  }
  await session.release();
  return figures;
}

async function bestMs(run, rounds) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const beganMs = performance.now();
    await run();
    best = Math.min(best, performance.now() - beganMs);
  }
  return best;
}

async function startGateway() {
  const models = resolve(dirname(flags.model));
  const settings = [
    `models.dir=${models}`,
    `models.active=["accompany-demo","${manifest.name}"]`,
    ...['http.port=0', 'mqtt.port=0', `dataDir=${join(folder, 'data')}`, 'logLevel=warn', ...flags.set],
  ].flatMap((setting) => ['--set', setting]);
  const gateway = start([process.execPath, MAIN, 'start', '--json', ...settings]);
  await untilOutput(gateway, /"ready":true/, 60_000, 'readiness');
  return { gateway, ...JSON.parse(/^\{"ready":.*$/m.exec(gateway.output)[0]) };
}

/** Windows by the time from the message that completed them to the store. */
async function windowsOf(http) {
  const { windows, samples, balanced } = await (await fetch(`${http}/v1/ledger`)).json();
  const text = await (await fetch(`${http}/metrics`)).text();
  const within = (bound) =>
    Number(
      new RegExp(`^alongside_result_latency_seconds_bucket\\{le="${bound}"\\} (\\d+)`, 'm').exec(text)?.[1] ??
        0,
    );
  const all = within('\\+Inf');
  return {
    ...windows,
    late: samples.late,
    balanced,
    over250Ms: all - within('0.25'),
    over1s: all - within('1'),
    all,
  };
}

note('the network itself …');
const nets = await network();
note('making pictures …');
const { pictures, from } = await makePictures(40, flags.pictures);
const { gateway, http, mqtt } = await startGateway();
const url = `${http}/v1/apparel/classify`;
const loads = [];
try {
  await closedLoop(url, pictures, { seconds: 3, connections });
  note(`${connections} connections for ${seconds} s …`);
  const cpuBefore = costOf(gateway.pid).cpu;
  const alone = await closedLoop(url, pictures, { seconds, connections });
  const cpuMs = ((costOf(gateway.pid).cpu - cpuBefore) * 1000) / alone.images;
  note(`${phones} phones, then ${rate} pictures a second for ${seconds} s …`);
  const args = ['--url', mqtt, '--phones', String(phones), '--seconds', String(seconds + 15)];
  loads.push(start([process.execPath, MAIN, 'simulate', ...args]));
  await sleep(10_000);
  const before = await windowsOf(http);
  const beside = await openLoop(url, pictures, { seconds, perSecond: rate });
  const after = await windowsOf(http);
  const windows = {
    stored: after.stored - before.stored,
    over250Ms: after.over250Ms - before.over250Ms,
    over1s: after.over1s - before.over1s,
    lateSamples: after.late - before.late,
    skipped: after.skipped,
    balanced: after.balanced,
  };
  const { peakRssMb } = costOf(gateway.pid);
  const bytes = pictures.reduce((sum, { length }) => sum + length, 0) / pictures.length;
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, load ${fixed(loadavg()[0])}`;
  console.log(
    `Model ${manifest.name} ${manifest.version}; ${from} of 1 megapixel, ${Math.round(bytes / 1000)} KB. ${machine}.\n`,
  );
  console.log('| load | images/s | refused | p50 / p95 / p99 / max ms |\n|---|---|---|---|');
  for (const [name, { imagesPerSecond, refused, p50Ms, p95Ms, p99Ms, maxMs }] of Object.entries({
    [`${connections} connections`]: alone,
    [`${rate}/s beside ${phones} phones`]: beside,
  })) {
    console.log(
      `| ${name} | ${fixed(imagesPerSecond)} | ${refused} | ${[p50Ms, p95Ms, p99Ms, maxMs].map(fixed).join(' / ')} |`,
    );
  }
  console.log(
    `\nA picture costs the gateway ${fixed(cpuMs)} ms of CPU: ${fixed(2000 / cpuMs)} images/s if two cores did nothing else. ` +
      `Memory: ${Math.round(peakRssMb)} MB at most.`,
  );
  console.log(
    `\nWindows meanwhile: ${windows.stored} stored, ${windows.over250Ms} after more than 250 ms, ${windows.over1s} after more ` +
      `than 1 s; ${windows.lateSamples} late samples; the ledger ${windows.balanced ? 'balances' : 'DOES NOT BALANCE'}.\n`,
  );
  console.log('| network, 1 thread | ONNX Runtime ms | tfjs-wasm ms | ratio |\n|---|---|---|---|');
  for (const [batch, { onnxMs, tfjsMs }] of Object.entries(nets)) {
    const compared = tfjsMs === undefined ? 'none | none' : `${fixed(tfjsMs)} | ${fixed(tfjsMs / onnxMs)}`;
    console.log(`| ${batch} | ${fixed(onnxMs)} | ${compared} |`);
  }
  if (flags.json)
    console.log(
      JSON.stringify({
        benchmark: 'apparel',
        alone,
        cpuMsPerImage: cpuMs,
        peakRssMb,
        beside,
        windows,
        network: nets,
      }),
    );
} finally {
  for (const load of loads) await stop(load);
  await stop(gateway);
}
process.exit(0);
