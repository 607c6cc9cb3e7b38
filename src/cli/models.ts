import { join } from 'node:path';
import { Command } from 'commander';
import { listModelFolders, readModelFolder } from '../inference/models/model-folder.js';
import { messageOf } from '../shared/errors.js';
import type { CliContext } from './context.js';
import { modelsFolderOption } from './models-folder-option.js';
import { addPromoteCommands } from './models-promote.js';
import { createModelsPullCommand } from './models-pull.js';
import { createModelsTableCommand } from './models-table.js';

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
    .addCommand(createModelsTableCommand(context));
  addPromoteCommands(command, context);
  return command;
}

function createModelsListCommand(context: CliContext): Command {
  return new Command('list')
    .description('list the models of a folder and check each against its manifest')
    .addOption(modelsFolderOption())
    .option('--json', 'print one JSON object')
    .action(async (flags: ListFlags) => {
      const names = await listModelFolders(flags.dir);
      const models = await Promise.all(names.map((name) => describe(flags.dir, name)));
      if (flags.json === true) context.print(JSON.stringify({ models }));
      else if (models.length === 0) context.print(`no models below ${flags.dir}`);
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
