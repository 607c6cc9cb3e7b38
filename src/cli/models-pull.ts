import { join } from 'node:path';
import { Command } from 'commander';
import { KNOWN_BACKBONES, knownBackbone } from '../training/backbones/known-backbones.js';
import type { CliContext } from './context.js';

interface PullFlags {
  readonly out?: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** `alongside models pull`: fetches a backbone that `train apparel` can begin with. */
export function createModelsPullCommand(context: CliContext): Command {
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
      const { pullBackbone } = await import('../training/backbones/pull-backbone.js');
      const folder = flags.out ?? join('backbones', name);
      await pullBackbone(known, { folder, from: flags.from, signal: context.signal });
      if (flags.json === true) context.print(JSON.stringify({ backbone: folder, ...known.spec }));
      else context.print(`${folder}: ${known.spec.name}, ${known.spec.licence}`);
    });
}
