import type { Notification, NotificationType } from '../../src/domain/notification.js';
import type { DeliveryAttempt } from '../../src/domain/webhooks.js';
import { AddressGuard } from '../../src/notify/webhooks/address-guard.js';
import { DiskQueues } from '../../src/notify/webhooks/disk-queues.js';
import type { Answer, Posting } from '../../src/notify/webhooks/send.js';
import { startWebhooks, type Webhooks } from '../../src/notify/webhooks/webhooks.js';
import { deviceId } from './make-results.js';
import { createMemoryOutbox, type MemoryOutbox } from './memory-outbox.js';
import { VirtualTime } from './virtual-time.js';

export const START_MS = Date.UTC(2026, 0, 31, 12);

/** Webhooks in virtual time: what an endpoint answers is said by the test. */
export interface WebhookWorld extends AsyncDisposable {
  readonly webhooks: Webhooks;
  readonly outbox: MemoryOutbox;
  readonly time: VirtualTime;
  readonly postings: (Posting & { readonly atMs: number })[];
  readonly attempts: DeliveryAttempt[];
  readonly dropped: string[];
  readonly failures: unknown[];
  /** Answers from now on; the last one is repeated. */
  answers: Answer[];
  /** Stops and starts again on the same disk. */
  restart(): Promise<void>;
}

export const OK: Answer = { kind: 'answered', status: 204, retryAfterMs: undefined };
export const FAILED: Answer = { kind: 'answered', status: 500, retryAfterMs: undefined };

export function notification(
  nth: number,
  type: NotificationType = 'device.online',
  device = 'anna',
): Notification {
  return { id: `evt_${nth}`, type, device: deviceId(device), atMs: START_MS + nth, data: { nth } };
}

/** @param folder where the file of endpoints lies */
export async function createWebhookWorld(folder: string, maxWaitingBytes = 1_000_000): Promise<WebhookWorld> {
  const time = new VirtualTime();
  const outbox = createMemoryOutbox();
  const clock = { nowMs: () => START_MS + time.frame };
  const seen = {
    postings: [] as WebhookWorld['postings'],
    attempts: [] as DeliveryAttempt[],
    dropped: [] as string[],
    failures: [] as unknown[],
  };
  const onFailed = (error: unknown) => void seen.failures.push(error);
  const start = () =>
    startWebhooks({
      clock,
      scheduler: time,
      path: `${folder}/endpoints.json`,
      guard: new AddressGuard({ allowPrivate: true, allowNetworks: [] }),
      queues: new DiskQueues({
        outbox,
        clock,
        scheduler: time,
        limits: { maxWaitingBytes, maxLogBytes: 100_000, logForMs: 86_400_000 },
        hooks: { onFailed, onDropped: (reason, events) => void seen.dropped.push(`${reason} ${events}`) },
      }),
      retry: { retrySeconds: [5, 300], random: () => 0 },
      send: (posting) => {
        seen.postings.push({ ...posting, atMs: time.frame });
        const [answer = OK] = world.answers;
        if (world.answers.length > 1) world.answers.shift();
        return Promise.resolve(answer);
      },
      hooks: {
        onAttempted: (delivery) => void seen.attempts.push(delivery),
        onDisabled: () => undefined,
        onFailed,
      },
    });
  let webhooks = await start();
  const world: WebhookWorld = {
    outbox,
    time,
    ...seen,
    answers: [OK],
    get webhooks() {
      return webhooks;
    },
    restart: async () => {
      await webhooks[Symbol.asyncDispose]();
      webhooks = await start();
    },
    [Symbol.asyncDispose]: () => webhooks[Symbol.asyncDispose](),
  };
  return world;
}
