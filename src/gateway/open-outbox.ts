import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import type { Clock } from '../shared/clock.js';
import { createLmdbOutbox } from '../storage/outbox/lmdb-outbox.js';
import type { Outbox } from '../storage/outbox/outbox.js';
import type { Events } from '../telemetry/events.js';

export function outboxFolder({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, 'outbox');
}

/** The outbox of the data folder; nothing is opened, or made, before it is needed. */
export function openOutbox(
  config: Pick<Config, 'dataDir'>,
  clock: Clock,
  events?: Pick<Events, 'outboxSetAside'>,
): Outbox {
  return createLmdbOutbox({
    path: outboxFolder(config),
    clock,
    onSetAside: (aside, detail) => events?.outboxSetAside(aside, detail),
  });
}
