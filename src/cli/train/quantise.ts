import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { configSchema } from '../../config/schema.js';
import type { SequenceManifest } from '../../inference/models/manifest.js';
import {
  type ModelFolder,
  readModelFolder,
  type UnhashedManifest,
  writeModelFolder,
} from '../../inference/models/model-folder.js';
import { startInferencePool } from '../../inference/workers/inference-pool.js';
import { GatewayError } from '../../shared/errors.js';
import { type Agreement, compareDecisions } from '../../training/motion/evaluate-model.js';
import { hyperParametersSchema } from '../../training/motion/network/hyper-parameters.js';
import { decodeModel } from '../../training/onnx/decode-model.js';
import { encodeModel } from '../../training/onnx/encode-model.js';
import { quantiseLstms } from '../../training/onnx/quantise-lstms.js';
import { type CliContext, createProgressLine } from '../context.js';
import { recordingsFor } from './evaluate-recordings.js';
import { modelNameOf, modelPath } from './model-flags.js';
import { trainingWindows } from './training-data.js';

/** Options of `alongside models quantise`. */
export interface QuantiseFlags {
  readonly dir: string;
  readonly data: string;
  readonly out: string;
  readonly minAgreement: number;
  readonly json?: boolean;
}

const BATCH_WINDOWS = 64;
const SHARE_DECIMALS = 5;
const SUFFIX = '+int8';
/** As a manifest has them. */
const MAX_VERSION_CHARACTERS = 64;

/** Makes a model with 8-bit weights, and writes it where it decides as the one that it is made of. */
export async function quantiseModel(context: CliContext, model: string, flags: QuantiseFlags): Promise<void> {
  const name = modelNameOf(flags.out);
  const source = await readModelFolder(modelPath(model, flags.dir));
  if (resolve(flags.out) === resolve(source.path)) {
    throw new GatewayError('USAGE', `--out ${flags.out} is the model itself; name another folder`);
  }
  const { manifest, files } = source;
  const original = files.get(manifest.file);
  if (manifest.kind !== 'sequence' || original === undefined || !manifest.file.endsWith('.onnx')) {
    throw new GatewayError(
      'MODEL_INVALID',
      `${manifest.name} is no ONNX model of windows; only those have LSTM layers`,
    );
  }
  const quantised = encodeModel(quantiseLstms(decodeModel(original)));
  const agreement = await compare(context, flags, manifest, [
    files,
    new Map([...files, [manifest.file, quantised]]),
  ]);
  const refused = [...agreement.targets].find(([, share]) => share < flags.minAgreement);
  if (refused !== undefined) {
    const [target, share] = refused;
    throw new GatewayError(
      'MODEL_INVALID',
      `with 8-bit weights ${manifest.name} decides "${target}" as before in ${share.toFixed(SHARE_DECIMALS)} of the ` +
        `windows, less than --min-agreement ${flags.minAgreement}; nothing was written`,
    );
  }
  await writeQuantised(
    flags,
    source,
    quantisedManifest(manifest, name, model, flags, agreement),
    quantised,
    agreement,
  );
  report(context, flags, { before: original.length, after: quantised.length }, agreement);
}

async function compare(
  context: CliContext,
  { data }: QuantiseFlags,
  manifest: SequenceManifest,
  files: readonly [ModelFolder['files'], ModelFolder['files']],
): Promise<Agreement> {
  const { usable } = await recordingsFor(context, data, manifest);
  await using pool = startInferencePool({
    workers: 1,
    maxBatch: BATCH_WINDOWS,
    onWorkerLost: ({ message }) => context.note(message),
  });
  await using before = await pool.load(manifest, files[0]);
  await using after = await pool.load(manifest, files[1]);
  const progress = createProgressLine(context);
  return await compareDecisions(
    manifest,
    usable,
    trainingWindows(manifest),
    [(batch, count) => before.run(batch, count), (batch, count) => after.run(batch, count)],
    {
      batchSize: BATCH_WINDOWS,
      labelShare: hyperParametersSchema.parse({}).labelShare,
      minCoverage: configSchema.parse({}).infer.minCoverage,
      signal: context.signal,
      onProgress: (done) => progress.update('comparing', done),
    },
  );
}

function quantisedManifest(
  { sha256: _, ...manifest }: SequenceManifest,
  name: string,
  model: string,
  { data, out }: QuantiseFlags,
  { targets }: Agreement,
): UnhashedManifest {
  const shares = [...targets].map(([target, share]) => [`${target}.int8Agreement`, round(share)]);
  const command = `alongside models quantise ${model} --data ${data} --out ${out}`;
  return {
    ...manifest,
    name,
    version: `${manifest.version.slice(0, MAX_VERSION_CHARACTERS - SUFFIX.length)}${SUFFIX}`,
    provenance: {
      ...manifest.provenance,
      metrics: { ...manifest.provenance.metrics, ...Object.fromEntries(shares) },
      command: [manifest.provenance.command, command].filter((line) => line !== undefined).join(' && '),
    },
  };
}

/** The card of the model that it was made of, and what became of it. */
async function writeQuantised(
  { out, data }: QuantiseFlags,
  source: ModelFolder,
  manifest: UnhashedManifest,
  quantised: Uint8Array,
  { windows, targets, largestDifference }: Agreement,
): Promise<void> {
  const card = await readFile(join(source.path, 'README.md'), 'utf8').catch(() => '');
  const rows = [...targets].map(([target, share]) => `| ${target} | ${(100 * share).toFixed(2)} % |`);
  const section = [
    '## 8-bit weights',
    '',
    `The weights of the LSTM layers are 8-bit integers; figures above are those of ${source.manifest.name} ${source.manifest.version}, of which`,
    `it was made. Both decide alike on ${windows} windows of ${data}; no probability differs by more than ${largestDifference.toFixed(3)}:`,
    '',
    '| target | same decision |',
    '| --- | --- |',
    ...rows,
  ];
  const [title = '', ...rest] = card.split('\n');
  const body = [title.startsWith('# ') ? `# ${manifest.name} ${manifest.version}` : title, ...rest].join(
    '\n',
  );
  await writeModelFolder(out, manifest, quantised, `${body.trimEnd()}\n\n${section.join('\n')}\n`);
}

function report(
  context: CliContext,
  { out, json }: QuantiseFlags,
  bytes: { readonly before: number; readonly after: number },
  { windows, targets, largestDifference }: Agreement,
): void {
  if (json === true) {
    const agreement = Object.fromEntries(targets);
    context.print(JSON.stringify({ model: out, bytes, windows, agreement, largestDifference }));
    return;
  }
  context.print(`${out}: ${bytes.after} bytes instead of ${bytes.before}; compared on ${windows} windows`);
  for (const [target, share] of targets) {
    context.print(`  ${target}: the same decision in ${(100 * share).toFixed(2)} % of the windows`);
  }
}

function round(share: number): number {
  return Number(share.toFixed(SHARE_DECIMALS));
}
