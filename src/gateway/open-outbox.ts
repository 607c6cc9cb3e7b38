import { join } from 'node:path';
import type { Clock } from '../clock.js';
import type { Config } from '../config/schema.js';
import type { Events } from '../events/events.js';
import { createLmdbOutbox } from '../outbox/lmdb-outbox.js';
import type { Outbox } from '../outbox/outbox.js';

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
