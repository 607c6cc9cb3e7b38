import { Command } from 'commander';
import { createApparelCommand } from './apparel.js';
import { createBenchCommand } from './bench.js';
import { createCertsCommand } from './certs.js';
import { createConfigCommand } from './config.js';
import type { CliContext } from './context.js';
import { createDeadLettersCommand } from './dead-letters.js';
import { createDemoCommand } from './demo.js';
import { createDevicesCommand } from './devices.js';
import { createEvaluateCommand } from './evaluate.js';
import { createImportCommand } from './import.js';
import { createModelsCommand } from './models.js';
import { createReplayCommand } from './replay.js';
import { createSimulateCommand } from './simulate.js';
import { createStartCommand } from './start.js';
import { createStudyCommand } from './study.js';
import { createTokensCommand } from './tokens.js';
import { createTrainCommand } from './train.js';
import { createWindowsCommand } from './windows.js';

/** All commands. Wrong usage is thrown, never ends the process. */
export function createProgram(context: CliContext): Command {
  const program = new Command('alongside')
    .description('Streaming edge gateway for wearable sensor data')
    .showHelpAfterError('(add --help for what can be given)');
  for (const create of COMMANDS) program.addCommand(throwing(create(context)));
  return throwing(program);
}

const COMMANDS = [
  createStartCommand,
  createDemoCommand,
  createSimulateCommand,
  createReplayCommand,
  createWindowsCommand,
  createImportCommand,
  createTrainCommand,
  createEvaluateCommand,
  createApparelCommand,
  createStudyCommand,
  createDevicesCommand,
  createTokensCommand,
  createCertsCommand,
  createDeadLettersCommand,
  createModelsCommand,
  createConfigCommand,
  createBenchCommand,
];

function throwing(command: Command): Command {
  command.exitOverride().configureHelp({ showGlobalOptions: true });
  for (const child of command.commands) throwing(child);
  return command;
}
