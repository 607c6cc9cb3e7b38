import type { StatusUpdate } from './status.js';
import type { ApparelPoint, StoredWindow } from './store.js';

/** What the pipeline has found out, on its way to whoever wants to know. */
export interface Results {
  readonly windows: readonly StoredWindow[];
  readonly statuses: readonly StatusUpdate[];
  readonly apparel: readonly ApparelPoint[];
}

/**
 * Somewhere results go: a store, a broker, a webhook.
 *
 * A sink takes results over and looks after them alone: it never throws at the pipeline, never makes it wait, and counts
 * what it cannot keep.
 */
export interface Sink extends AsyncDisposable {
  /** Takes results over; what does not fit is refused and reported through the sink's own hooks. */
  accept(results: Results): void;
  /** Resolves when everything accepted before the call has left, was refused, or the sink was disposed of. */
  flush(): Promise<void>;
}
