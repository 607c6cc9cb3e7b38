import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from './manifest.js';
import { listModelFolders, readModelFolder } from './model-folder.js';

const TABLE_FILE = 'README.md';
/** First line of a table that this project wrote and may write again. */
const MARK = '<!-- Written by `alongside models table --write`; changes are lost. -->';
/** Start of the names of figures on windows that overlap those trained on. */
const LEAKY = 'random.';
const BASELINE = 'baseline.';

/** Every model below a folder as a Markdown page: what it takes, gives, and how good it was on what it had not seen. */
export async function modelTable(directory: string): Promise<string> {
  const names = await listModelFolders(directory);
  const manifests = await Promise.all(
    names.map(async (name) => ({ name, manifest: (await readModelFolder(join(directory, name))).manifest })),
  );
  const rows = manifests.flatMap(({ name, manifest }) => rowsOf(name, manifest));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = [
    'model',
    'tells',
    'from',
    'accuracy',
    'balanced accuracy',
    'macro F1',
    'measured by',
    'best baseline, balanced',
    'random windows, balanced (leaky)',
    'licence',
  ];
  return `${[
    MARK,
    '# Models',
    'Each folder is a model with its card, which says what it is good for and what not. Figures are of what the model had not seen; random windows overlap those trained on, so their figures say nothing about other people.',
    [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'),
  ].join('\n\n')}\n`;
}

/** Writes the page into the folder. */
export async function writeModelTable(directory: string): Promise<string> {
  const path = join(directory, TABLE_FILE);
  await writeFile(`${path}.partial`, await modelTable(directory));
  await rename(`${path}.partial`, path);
  return path;
}

/** Writes it again where there is one already. */
export async function refreshModelTable(directory: string): Promise<void> {
  const text = await readFile(join(directory, TABLE_FILE), 'utf8').catch(() => '');
  if (text.startsWith(MARK)) await writeModelTable(directory);
}

function rowsOf(folder: string, manifest: Manifest): string[][] {
  const { name, version, provenance } = manifest;
  const { metrics, licence } = provenance;
  // Explanations of other protocols' names follow.
  const protocol = provenance.protocol.split(';')[0] ?? '';
  const figure = (key: string): string => metrics[key]?.toFixed(3) ?? '–';
  return targetsOf(manifest).map(([target, prefix]) => [
    `[${name}](${folder}/README.md) ${version}`,
    target,
    inputOf(manifest),
    figure(`${prefix}.accuracy`),
    figure(`${prefix}.balancedAccuracy`),
    figure(`${prefix}.macroF1`),
    protocol,
    bestBaseline(metrics, target),
    figure(`${LEAKY}${target}.balancedAccuracy`),
    licence,
  ]);
}

/** What a model tells, and what the names of its figures begin with: of an image model the name of the photographs. */
function targetsOf(manifest: Manifest): [target: string, prefix: string][] {
  if (manifest.kind === 'sequence') return manifest.targets.map(({ name }) => [name, name]);
  return [['label', Object.keys(manifest.provenance.metrics)[0]?.split('.')[0] ?? 'label']];
}

function inputOf(manifest: Manifest): string {
  if (manifest.kind === 'image') return `${manifest.widthPixels} × ${manifest.heightPixels} pixels`;
  const sensors = [...new Set(manifest.channels.map((channel) => channel.split('.')[0] ?? ''))];
  const seconds = manifest.sizeSamples / manifest.samplingRateHz;
  return `${sensors.join(', ')}; ${Number(seconds.toFixed(1))} s at ${manifest.samplingRateHz} Hz`;
}

function bestBaseline(metrics: Readonly<Record<string, number>>, target: string): string {
  const suffix = `.${target}.balancedAccuracy`;
  const found = Object.entries(metrics)
    .filter(([name]) => name.startsWith(BASELINE) && name.endsWith(suffix))
    .sort(([, one], [, other]) => other - one);
  const [best] = found;
  if (best === undefined) return '–';
  return `${best[1].toFixed(3)} (${best[0].slice(BASELINE.length, -suffix.length)})`;
}
