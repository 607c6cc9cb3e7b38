import { join } from 'node:path';
import type { Command } from 'commander';
import { type Manifest, sequenceManifestSchema } from '../inference/models/manifest.js';
import { listModelFolders, type ModelFolder, readModelFolder } from '../inference/models/model-folder.js';
import { promoteModel, type Replacement, rollBackModel } from '../inference/models/model-history.js';
import { GatewayError } from '../shared/errors.js';
import { type CliContext, type ConfirmFlags, confirm, YES_OPTION } from './context.js';
import { modelsFolderOption } from './options.js';
import { modelPath } from './train/model-path.js';

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
