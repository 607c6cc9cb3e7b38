import { join } from 'node:path';
import { Command } from 'commander';
import { type Manifest, sequenceManifestSchema } from '../inference/models/manifest.js';
import { listModelFolders, type ModelFolder, readModelFolder } from '../inference/models/model-folder.js';
import { promoteModel, type Replacement, rollBackModel } from '../inference/models/model-history.js';
import { modelTable, writeModelTable } from '../inference/models/model-table.js';
import { GatewayError, messageOf } from '../shared/errors.js';
import { modelsFolder } from '../shared/package.js';
import { KNOWN_BACKBONES, knownBackbone } from '../training/backbones/known-backbones.js';
import { type CliContext, type ConfirmFlags, confirm, YES_OPTION } from './context.js';
import { modelsFolderOption, numberBetween } from './options.js';
import { modelPath } from './train/model-flags.js';
import type { QuantiseFlags } from './train/quantise.js';

interface ModelLine {
  readonly name: string;
  readonly version: string;
  readonly kind: string;
  readonly describes: string;
  readonly problem: string;
}

interface ListFlags {
  readonly dir: string;
  readonly json?: boolean;
}

/** `alongside models`: what is there, which version is in service, and where more comes from. */
export function createModelsCommand(context: CliContext): Command {
  const command = new Command('models')
    .addCommand(createModelsListCommand(context), { isDefault: true })
    .addCommand(createModelsPullCommand(context))
    .addCommand(createModelsTableCommand(context))
    .addCommand(createQuantiseCommand(context));
  addPromoteCommands(command, context);
  return command;
}

function createModelsListCommand(context: CliContext): Command {
  return new Command('list')
    .description('list the models of a folder and check each against its manifest')
    .addOption(modelsFolderOption())
    .option('--json', 'print one JSON object')
    .allowExcessArguments()
    .action(async (flags: ListFlags, command: Command) => {
      // The default command gets the words of a command that there is not.
      const [unknown] = command.args;
      if (unknown !== undefined)
        command.error(`error: unknown command '${unknown}'`, { code: 'commander.unknownCommand' });
      const folder = modelsFolder(flags.dir);
      const names = await listModelFolders(folder);
      const models = await Promise.all(names.map((name) => describe(folder, name)));
      if (flags.json === true) context.print(JSON.stringify({ models }));
      else if (models.length === 0) context.print(`no models below ${folder}`);
      else for (const model of models) context.print(lineOf(model));
    });
}

async function describe(directory: string, name: string): Promise<ModelLine> {
  try {
    const { manifest } = await readModelFolder(join(directory, name));
    const describes =
      manifest.kind === 'sequence'
        ? `${manifest.channels.length} channels at ${manifest.samplingRateHz} Hz -> ${manifest.targets.map((target) => target.name).join(', ')}`
        : `${manifest.widthPixels} x ${manifest.heightPixels} pixels -> ${manifest.classes.length} labels`;
    return { name, version: manifest.version, kind: manifest.kind, describes, problem: '' };
  } catch (error) {
    return { name, version: '', kind: '', describes: '', problem: messageOf(error) };
  }
}

function lineOf(model: ModelLine): string {
  if (model.problem !== '') return `${model.name}  cannot be used: ${model.problem}`;
  return `${model.name}  ${model.version}  ${model.kind}  ${model.describes}`;
}

interface PullFlags {
  readonly out?: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** `alongside models pull`: fetches a backbone that `train apparel` can begin with. */
function createModelsPullCommand(context: CliContext): Command {
  const names = Object.entries(KNOWN_BACKBONES).map(
    ([name, { spec }]) => `  ${name}: ${spec.name}; ${spec.licence}; ${spec.origin}`,
  );
  return new Command('pull')
    .description('fetch a backbone for train apparel, and check its SHA-256')
    .argument('<name>', `one of ${Object.keys(KNOWN_BACKBONES).join(', ')}`)
    .option('--out <folder>', 'folder to write; by default backbones/NAME')
    .option('--from <file or URL>', 'what was fetched before, or a mirror')
    .option('--json', 'print one JSON object')
    .addHelpText('after', `\nBackbones:\n${names.join('\n')}`)
    .action(async (name: string, flags: PullFlags) => {
      const known = knownBackbone(name);
      const { pullBackbone } = await import('../training/backbones/known-backbones.js');
      const folder = flags.out ?? join('backbones', name);
      await pullBackbone(known, { folder, from: flags.from, signal: context.signal });
      if (flags.json === true) context.print(JSON.stringify({ backbone: folder, ...known.spec }));
      else context.print(`${folder}: ${known.spec.name}, ${known.spec.licence}`);
    });
}

/** `alongside models table`: all models and their figures as a Markdown page. */
function createModelsTableCommand(context: CliContext): Command {
  return new Command('table')
    .description('print the models of a folder with their figures as Markdown')
    .addOption(modelsFolderOption())
    .option('--write', 'write it to README.md in the folder')
    .action(async (flags: { readonly dir: string; readonly write?: boolean }) => {
      if (flags.write === true) context.print(await writeModelTable(flags.dir));
      else context.print((await modelTable(modelsFolder(flags.dir))).trimEnd());
    });
}

/** `alongside models quantise`: a model with 8-bit weights, and how alike both decide. */
function createQuantiseCommand(context: CliContext): Command {
  return new Command('quantise')
    .description('make the LSTM weights of a model 8-bit integers: less work a window, and a smaller file')
    .argument('<model>', 'its folder, or its name below --dir')
    .addOption(modelsFolderOption())
    .requiredOption(
      '--data <folder>',
      'labelled recordings on which both must decide alike, or simulation:people=20,seconds=1200,first=0,seed=1',
    )
    .requiredOption('--out <folder>', 'folder to write; its last part names the model')
    .option(
      '--min-agreement <share>',
      'nothing is written when both decide alike in a smaller share of the windows',
      numberBetween(0, 1),
      0.999,
    )
    .option('--json', 'print one JSON object')
    .action(async (model: string, flags: QuantiseFlags) => {
      const { quantiseModel } = await import('./train/quantise.js');
      await quantiseModel(context, model, flags);
    });
}

interface Flags {
  readonly dir: string;
  readonly as?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Adds `promote` and `rollback`: which version of a model a gateway runs. */
export function addPromoteCommands(models: Command, context: CliContext): void {
  models
    .command('promote')
    .description('replace a model by another; a running gateway uses it without a restart')
    .argument('<model>', 'its folder, or its name below --dir')
    .addOption(modelsFolderOption())
    .option('--as <name>', 'model whose place it takes; by default the one of its own name')
    .option('--force', 'also when it has fewer targets than the model it replaces')
    .option('--json', 'print one JSON object')
    .action((model: string, flags: Flags) => promote(context, model, flags));
  models
    .command('rollback')
    .description('bring back the version that a model replaced; once more goes back further')
    .argument('<name>', 'name of the model')
    .addOption(modelsFolderOption())
    .option(...YES_OPTION)
    .option('--json', 'print one JSON object')
    .action(async (name: string, flags: Flags & ConfirmFlags) => {
      await confirm(
        context,
        flags,
        `put ${name} in ${flags.dir} away and bring back what stood there before?`,
      );
      report(context, await rollBackModel(flags.dir, checkedName(name)), flags, 'back in place');
    });
}

async function promote(context: CliContext, model: string, flags: Flags): Promise<void> {
  const source = modelPath(model, flags.dir);
  const candidate = await readModelFolder(source);
  const name = checkedName(flags.as ?? candidate.manifest.name);
  await requireRunnable(context, candidate);
  if (flags.force !== true) await requireNoLoss(flags.dir, name, candidate.manifest);
  report(context, await promoteModel(flags.dir, source, name), flags, 'in place');
}

function report(context: CliContext, replacement: Replacement, flags: Flags, words: string): void {
  const { name, version, previousVersion } = replacement;
  if (flags.json === true) {
    context.print(JSON.stringify({ ...replacement, previousVersion: previousVersion ?? null }));
    return;
  }
  context.print(
    `${name} ${version} is ${words}${previousVersion === undefined ? '' : `, ${previousVersion} is kept`}`,
  );
}

/** @throws GatewayError `USAGE` */
function checkedName(name: string): string {
  const result = sequenceManifestSchema.shape.name.safeParse(name);
  if (result.success) return result.data;
  throw new GatewayError('USAGE', `"${name}" cannot be a model's name: lower-case letters, digits and "-"`);
}

/** Runs it once the way a gateway would. @throws GatewayError `MODEL_INVALID` */
async function requireRunnable({ note }: CliContext, { manifest, files }: ModelFolder): Promise<void> {
  if (manifest.kind !== 'sequence') return;
  const { startInferencePool } = await import('../inference/workers/inference-pool.js');
  await using pool = startInferencePool({
    workers: 1,
    maxBatch: 1,
    onWorkerLost: ({ message }) => note(message),
  });
  await using _classifier = await pool.load(manifest, files);
}

/** @throws GatewayError `MODEL_INVALID` when statuses would vanish */
async function requireNoLoss(directory: string, name: string, candidate: Manifest): Promise<void> {
  if (!(await listModelFolders(directory)).includes(name)) return;
  const { manifest } = await readModelFolder(join(directory, name));
  const missing = targetsOf(manifest).filter((target) => !targetsOf(candidate).includes(target));
  if (manifest.kind === candidate.kind && missing.length === 0) return;
  throw new GatewayError(
    'MODEL_INVALID',
    manifest.kind === candidate.kind
      ? `${candidate.name} has no target ${missing.join(', ')}, which ${name} has; --force promotes it anyway`
      : `${candidate.name} is an ${candidate.kind} model, ${name} a ${manifest.kind} model`,
  );
}

function targetsOf(manifest: Manifest): string[] {
  return manifest.kind === 'sequence' ? manifest.targets.map((target) => target.name) : [];
}
