import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { type Config, configSchema } from '../config/schema.js';
import type { Gateway } from '../gateway.js';
import { VERSION } from '../shared/version.js';
import type { CliContext } from './context.js';
import { builtPages } from './pages-folder.js';

/** The models that come with this package. */
export const SHIPPED_MODELS = join(import.meta.dirname, '../../models');

/** The models for simulated phones. */
export const MODELS_FOR_SIMULATED = { dir: SHIPPED_MODELS, active: ['accompany-demo', 'apparel'] };

/** What a command wants of its own gateway. */
export type OwnSettings = Pick<z.input<typeof configSchema>, 'http' | 'mqtt' | 'models'>;

/** Runs a gateway that needs nothing and leaves nothing: its data is in a temporary folder that goes with it. */
export async function withOwnGateway(
  context: CliContext,
  settings: OwnSettings,
  use: (gateway: Gateway, config: Config) => Promise<void>,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'alongside-'));
  try {
    const config = configSchema.parse({ ...settings, dataDir, logLevel: 'warn' });
    const [{ pino }, { startGateway }] = await Promise.all([import('pino'), import('../gateway.js')]);
    const logger = pino({ level: config.logLevel }, pino.destination({ dest: 2, sync: true }));
    await using gateway = await startGateway(config, {
      ...{ clock: context.clock, logger, version: VERSION },
      ...builtPages(),
      arePhonesSimulated: true,
    });
    await use(gateway, config);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
