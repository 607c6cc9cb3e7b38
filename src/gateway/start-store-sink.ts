import type { Config } from '../config/schema.js';
import type { Store } from '../domain/store.js';
import { startEmbeddedStoreSink } from './embedded-store-sink.js';
import { startOutboxStoreSink } from './outbox-store-sink.js';
import type { StoreSink, StoreSinkDependencies } from './store-sink.js';

/** Starts the sink that writes results to the store, as configured, and reports what it does. */
export function startStoreSink(config: Config, store: Store, dependencies: StoreSinkDependencies): StoreSink {
  const start = config.store.type === 'embedded' ? startEmbeddedStoreSink : startOutboxStoreSink;
  return start(config, store, dependencies);
}
