import { Command } from 'commander';
import { modelTable, writeModelTable } from '../inference/models/model-table.js';
import type { CliContext } from './context.js';
import { modelsFolderOption } from './models-folder-option.js';

/** `alongside models table`: all models and their figures as a Markdown page. */
export function createModelsTableCommand(context: CliContext): Command {
  return new Command('table')
    .description('print the models of a folder with their figures as Markdown')
    .addOption(modelsFolderOption())
    .option('--write', 'write it to README.md in the folder')
    .action(async (flags: { readonly dir: string; readonly write?: boolean }) => {
      if (flags.write === true) context.print(await writeModelTable(flags.dir));
      else context.print((await modelTable(flags.dir)).trimEnd());
    });
}
