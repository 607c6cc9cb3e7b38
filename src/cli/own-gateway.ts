import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { type Config, configSchema } from '../config/schema.js';
import type { Gateway } from '../gateway.js';
import { PACKAGE_FOLDER, SHIPPED_MODELS, VERSION } from '../shared/package.js';
import type { CliContext } from './context.js';

/** The models for simulated phones. */
export const MODELS_FOR_SIMULATED = { dir: SHIPPED_MODELS, active: ['accompany-demo', 'apparel'] };

/** What a command wants of its own gateway. */
export type OwnSettings = Pick<
  z.input<typeof configSchema>,
  'http' | 'mqtt' | 'models' | 'company' | 'devices'
>;

/** Runs a gateway that needs nothing and leaves nothing: its data is in a temporary folder that goes with it. */
export async function withOwnGateway(
  context: CliContext,
  settings: OwnSettings,
  use: (gateway: Gateway, config: Config) => Promise<void>,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'alongside-'));
  try {
    const config = configSchema.parse({ ...settings, dataDir, logLevel: 'warn' });
    const [{ pino }, { startGateway }, { isSimulatedPhone }] = await Promise.all([
      import('pino'),
      import('../gateway.js'),
      import('../recordings/simulation/create-phones.js'),
    ]);
    const logger = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: true }));
    await using gateway = await startGateway(config, {
      clock: context.clock,
      logger,
      version: VERSION,
      ...builtPages(),
      isSimulatedPhone,
    });
    await use(gateway, config);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The port asked for if nobody on loopback has it, else 0: any free one. */
export function freePortNear(port: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}

const LOOK_MS = 250;

/** Waits for everything that was sent to be stored, at most so long. */
export async function untilStored(gateway: Gateway, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline && gateway.ledger().windows.pending > 0) await sleep(LOOK_MS);
}

/** The built pages; nothing where they were not built. */
export function builtPages(): { readonly pagesFolder?: string } {
  const pagesFolder = join(PACKAGE_FOLDER, 'dist/web');
  return existsSync(join(pagesFolder, 'assets')) ? { pagesFolder } : {};
}
