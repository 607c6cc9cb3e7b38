import type { Config } from '../config/schema.js';
import type { Store } from '../domain/store.js';
import { withFrames } from './frames.js';
import type { Instruments } from './instruments.js';
import type { Resources } from './open-resources.js';
import type { Peers } from './peers.js';
import { expireOldRecordings } from './recording.js';
import { startRetention, withDeadLetters } from './retention.js';

/** Starts removing what is older than the configuration says. */
export function startExpiry(
  config: Config,
  {
    instruments: { clock, events },
    resources: { store, recorder },
    peers,
  }: {
    readonly instruments: Pick<Instruments, 'clock' | 'events'>;
    readonly resources: Pick<Resources, 'store' | 'recorder'>;
    readonly peers: Pick<Peers, 'isFirst'>;
  },
): AsyncDisposable {
  // One gateway expires what all share.
  const expire: Store['expire'] = async (expiry) =>
    peers.isFirst() ? await store.expire(expiry) : undefined;
  return startRetention(config, {
    clock,
    events,
    store: withDeadLetters(config, clock, withFrames(config, { expire })),
    expireRecordings: (beforeMs) => expireOldRecordings(config, recorder, beforeMs),
  });
}
