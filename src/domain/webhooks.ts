import type { NotificationType } from './notification.js';

/** Why an endpoint gets nothing: its receiver answered 410, or somebody switched it off. */
export type DisabledReason = 'gone' | 'by-hand';

/** What became of one attempt. */
export const ATTEMPT_OUTCOMES = ['delivered', 'failed', 'given-up', 'disabled'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** One attempt to deliver an event, as the log has it. */
export interface DeliveryAttempt {
  /** The event's id, which is the `webhook-id` that was sent. */
  readonly eventId: string;
  readonly type: NotificationType | 'webhook.test';
  readonly device: string | undefined;
  /** When the event happened, epoch milliseconds. */
  readonly eventAtMs: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Epoch milliseconds. */
  readonly attemptedAtMs: number;
  readonly durationMs: number;
  readonly outcome: AttemptOutcome;
  /** Status of the answer; `undefined` where there was none. */
  readonly status: number | undefined;
  /** What went wrong, for people; empty when nothing did. */
  readonly detail: string;
  /** When it is tried again, epoch milliseconds; `undefined` when it is not. */
  readonly nextAttemptMs: number | undefined;
}

/** An event that waits for its turn. */
export interface WaitingEvent {
  readonly eventId: string;
  readonly type: NotificationType;
  readonly device: string;
  readonly eventAtMs: number;
}

/** Somewhere events go, as people see it: without its secret. */
export interface WebhookEndpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly events: readonly NotificationType[];
  /** `undefined`: all devices. */
  readonly devices: readonly string[] | undefined;
  readonly createdAtMs: number;
  readonly disabled: { readonly reason: DisabledReason; readonly atMs: number } | undefined;
  /** Until when the secret before the present one signs too, epoch milliseconds. */
  readonly previousSecretUntilMs: number | undefined;
  /** Events that wait. */
  readonly waiting: number;
  readonly nextAttemptMs: number | undefined;
  readonly lastDelivery: DeliveryAttempt | undefined;
}

export interface NewEndpoint {
  readonly url: string;
  readonly events: readonly NotificationType[];
  readonly devices?: readonly string[] | undefined;
  readonly description?: string | undefined;
  /** `whsec_` and 24 to 64 bytes in base64; made when left out. */
  readonly secret?: string | undefined;
}

/** What is to change; what is left out stays. `devices: null` means all. */
export interface EndpointChange {
  readonly url?: string | undefined;
  readonly events?: readonly NotificationType[] | undefined;
  readonly devices?: readonly string[] | null | undefined;
  readonly description?: string | undefined;
  readonly enabled?: boolean | undefined;
}

export interface SecretRotation {
  readonly secret?: string | undefined;
  /** How long the old secret goes on signing beside the new one, hours. */
  readonly overlapHours: number;
}

/**
 * Who manages webhooks. What cannot be done as asked is thrown as `GatewayError`: `NOT_FOUND` for an endpoint or event
 * there is none of, `INPUT_REFUSED` with the reason.
 */
export interface WebhookService {
  list(): Promise<readonly WebhookEndpoint[]>;
  get(id: string): Promise<WebhookEndpoint>;
  /** The secret is told here and never again. */
  create(endpoint: NewEndpoint): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string }>;
  change(id: string, change: EndpointChange): Promise<WebhookEndpoint>;
  remove(id: string): Promise<void>;
  rotate(id: string, rotation: SecretRotation): Promise<{ endpoint: WebhookEndpoint; secret: string }>;
  /** Sends a `webhook.test` at once, whatever waits, and once only. */
  test(id: string): Promise<DeliveryAttempt>;
  /** Attempts, newest first. */
  deliveries(id: string, limit: number): Promise<readonly DeliveryAttempt[]>;
  /** What waits, oldest first. */
  waiting(id: string, limit: number): Promise<readonly WaitingEvent[]>;
  /** Puts an event of the log behind those that wait, under its own id. */
  resend(id: string, eventId: string): Promise<void>;
}
