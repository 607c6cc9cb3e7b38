import { Command } from 'commander';
import type { CliContext } from './context.js';

/** A command as the list of commands tells it; its file, and with it what it needs, is loaded when it is called. */
interface CommandEntry {
  readonly description: string;
  readonly load: () => Promise<(context: CliContext) => Command>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  start: {
    description: 'run the gateway',
    load: async () => (await import('./start.js')).createStartCommand,
  },
  health: {
    description: 'ask the gateway that runs with this configuration whether it is ready, for supervisors',
    load: async () => (await import('./health.js')).createHealthCommand,
  },
  demo: {
    description: 'run the gateway with simulated phones whose truth is known, and compare',
    load: async () => (await import('./demo.js')).createDemoCommand,
  },
  simulate: {
    description: 'send the motion of simulated people, whose company and talk are known, to an MQTT broker',
    load: async () => (await import('./simulate.js')).createSimulateCommand,
  },
  replay: {
    description: 'send a recording over MQTT, as a phone would',
    load: async () => (await import('./replay.js')).createReplayCommand,
  },
  windows: {
    description: 'print the synchronised windows of a recording, one JSON object a line',
    load: async () => (await import('./windows.js')).createWindowsCommand,
  },
  import: {
    description:
      'turn exports of Sensor Logger (zip, folder, JSON) and phyphox (zip, folder of CSV) into recordings, one each',
    load: async () => (await import('./import.js')).createImportCommand,
  },
  train: {
    description: 'train a model',
    load: async () => (await import('./train/train.js')).createTrainCommand,
  },
  evaluate: {
    description: 'score a model on labelled recordings or sorted images, prepared as for serving',
    load: async () => (await import('./train/evaluate.js')).createEvaluateCommand,
  },
  apparel: {
    description: 'catalogues of pictures',
    load: async () => (await import('./apparel.js')).createApparelCommand,
  },
  study: {
    description: 'measure on recordings how exactly the stream synchronises',
    load: async () => (await import('./train/study.js')).createStudyCommand,
  },
  devices: {
    description: 'credentials of phones and wearables',
    load: async () => (await import('./devices.js')).createDevicesCommand,
  },
  cluster: {
    description: 'gateways that share phones',
    load: async () => (await import('./cluster.js')).createClusterCommand,
  },
  tokens: {
    description: 'tokens for dashboards, programs and operators',
    load: async () => (await import('./tokens.js')).createTokensCommand,
  },
  certs: {
    description: 'certificates for TLS',
    load: async () => (await import('./certs.js')).createCertsCommand,
  },
  'dead-letters': {
    description: 'results that InfluxDB has refused for good',
    load: async () => (await import('./dead-letters.js')).createDeadLettersCommand,
  },
  models: {
    description: 'list the models of a folder, and change which are in service',
    load: async () => (await import('./models.js')).createModelsCommand,
  },
  config: {
    description: 'check, print or describe the configuration',
    load: async () => (await import('./config.js')).createConfigCommand,
  },
  bench: {
    description:
      'measure what a number of phones costs on this machine, with a gateway and simulated phones of its own',
    load: async () => (await import('./bench.js')).createBenchCommand,
  },
};

/** Runs the command that the words name. Wrong usage is thrown, never ends the process. */
export async function runProgram(context: CliContext, words: readonly string[]): Promise<void> {
  const program = new Command('alongside')
    .description('Streaming edge gateway for wearable sensor data')
    .showHelpAfterError('(add --help for the options)');
  const called = words.find((word) => word !== 'help' && !word.startsWith('-'));
  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    const command = name === called ? (await load())(context) : new Command(name);
    program.addCommand(command.description(description));
  }
  await throwing(program).parseAsync(words, { from: 'user' });
}

function throwing(command: Command): Command {
  command.exitOverride().configureHelp({ showGlobalOptions: true });
  for (const child of command.commands) throwing(child);
  return command;
}
