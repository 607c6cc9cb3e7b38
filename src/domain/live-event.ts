import type { DeviceId } from './ids.js';
import type { Alert } from './notification.js';
import type { StatusUpdate } from './status.js';
import type { ApparelPoint, CompanyUpdate, StoredWindow } from './store.js';

/** What dashboards hear as it happens, over `GET /v1/events`. */
export type LiveEvent =
  | { readonly type: 'status'; readonly data: StatusUpdate }
  | { readonly type: 'window'; readonly data: StoredWindow }
  | { readonly type: 'apparel'; readonly data: ApparelPoint }
  | { readonly type: 'company'; readonly data: CompanyUpdate }
  | { readonly type: 'alert'; readonly data: Alert }
  | {
      readonly type: 'device';
      readonly data: { readonly id: DeviceId; readonly online: boolean; readonly atMs: number };
    };

/** A live event with its place in the order, for resuming. */
export interface NumberedEvent {
  /** Rises by one an event; starts again with each start of the gateway, in which case `epoch` differs. */
  readonly sequence: number;
  readonly event: LiveEvent;
}
