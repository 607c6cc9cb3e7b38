import type { Logger } from 'pino';
import type { NotificationType } from '../domain/notification.js';
import type { AttemptOutcome } from '../domain/webhooks.js';
import type { HttpEvents } from '../http/dependencies.js';
import { messageOf } from '../shared/errors.js';
import { type EventDependencies, toSeconds, type Warn } from './log-warning.js';
import type { NotificationMetrics } from './notification-metrics.js';

/** What happens to what people are to be told. */
export interface NotificationEvents {
  /** Something happened that webhooks may tell of. */
  notified(type: NotificationType): void;
  alertChanged(change: 'raised' | 'cleared'): void;
  /** What alerts know cannot be written to the disk; that is tried again. */
  alertsUnsaved(error: unknown): void;
  webhookAttempted(outcome: AttemptOutcome): void;
  /** The receiver answered 410. */
  webhookDisabled(endpoint: string): void;
  /** Events went without having been delivered. */
  webhookDropped(reason: string, events: number): void;
  /** Webhooks cannot use the disk; that is tried again. */
  webhookFailed(error: unknown): void;
}

interface NotificationEventDependencies {
  readonly logger: Logger;
  readonly metrics: NotificationMetrics;
}

export function notificationEvents(
  { logger, metrics }: NotificationEventDependencies,
  warn: Warn,
): NotificationEvents {
  return {
    notified: (type) => metrics.notifications.inc({ type }),
    alertChanged: (change) => metrics.alerts.inc({ change }),
    alertsUnsaved: (error) =>
      warn(
        'alerts-unsaved',
        { error: messageOf(error) },
        'the state of alerts cannot be written; it is tried again',
      ),
    webhookAttempted: (outcome) => {
      metrics.webhookAttempts.inc({ outcome });
      if (outcome === 'given-up')
        warn('webhook-given-up', {}, 'an event could not be delivered and was given up');
    },
    webhookDisabled: (endpoint) =>
      logger.warn({ endpoint }, 'a webhook was disabled: its receiver answered 410'),
    webhookDropped: (reason, events) => {
      metrics.webhookDropped.inc({ reason }, events);
      warn(`webhook-dropped/${reason}`, { reason, events }, 'events for webhooks were dropped undelivered');
    },
    webhookFailed: (error) =>
      warn(
        'webhook-failed',
        { error: messageOf(error) },
        'events of webhooks cannot be kept; it is tried again',
      ),
  };
}

export function httpEvents({ logger, metrics }: EventDependencies, warn: Warn): HttpEvents {
  return {
    liveClientJoined: () => metrics.liveClients.inc(),
    liveClientLeft: (reason) => {
      metrics.liveClients.dec();
      metrics.liveClientsLeft.inc({ reason });
      if (reason === 'too-slow') warn('live-client-too-slow', {}, 'live client disconnected: too slow');
    },
    httpAnswered: ({ method, route, status, durationMs }) => {
      metrics.httpRequestSeconds.observe({ method, route, status: String(status) }, toSeconds(durationMs));
      logger.debug({ method, route, status, durationMs }, 'http request');
    },
    accessRefused: ({ status, scope, address }) =>
      warn(
        `access-refused/${status}`,
        { status, scope, address },
        'a request was refused for its credentials, address or rate',
      ),
    httpFailed: (requestId, error) =>
      warn('http-failed', { requestId, err: error }, 'http request failed unexpectedly'),
    rowLeftOut: (route, error) =>
      warn(
        `row-left-out/${route}`,
        { route, err: error },
        'a row of an answer was left out: it breaks the schema',
      ),
  };
}
