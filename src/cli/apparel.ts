import { Command } from 'commander';
import type { IndexFlags } from './apparel-index.js';
import type { CliContext } from './context.js';

/** `alongside apparel`: what is done with pictures besides training. */
export function createApparelCommand(context: CliContext): Command {
  const command = new Command('apparel');
  command
    .command('index')
    .description('make the index in which POST /v1/apparel/similar looks for similar items')
    .argument(
      '<folder>',
      'catalogue: JPEG, PNG and WebP files; those in a folder below it have its name as label',
    )
    .option('--model <folder>', 'image model that has features', 'models/apparel')
    .option(
      '--out <folder>',
      'where the index goes; a running gateway finds it there',
      'alongside-data/apparel-index',
    )
    .option('--json', 'print one JSON object')
    .action(async (folder: string, flags: IndexFlags) => {
      const { makeIndex } = await import('./apparel-index.js');
      await makeIndex(context, folder, flags);
    });
  return command;
}
