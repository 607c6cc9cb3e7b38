import { Counter, type Registry } from 'prom-client';
import { NOTIFICATION_TYPES } from '../domain/notification.js';
import { ATTEMPT_OUTCOMES } from '../domain/webhooks.js';

/** Metrics of what people are told. */
export interface NotificationMetrics {
  readonly notifications: Counter<'type'>;
  readonly alerts: Counter<'change'>;
  readonly webhookAttempts: Counter<'outcome'>;
  /** Events for webhooks that went undelivered. */
  readonly webhookDropped: Counter<'reason'>;
}

export function createNotificationMetrics(registry: Registry): NotificationMetrics {
  const registers = [registry];
  const notifications = new Counter({
    name: 'alongside_notices_total',
    help: 'Events that webhooks and alerts may report, by type',
    labelNames: ['type'],
    registers,
  });
  const alerts = new Counter({
    name: 'alongside_alerts_total',
    help: 'Alerts that were raised and that were cleared',
    labelNames: ['change'],
    registers,
  });
  const webhookAttempts = new Counter({
    name: 'alongside_webhook_attempts_total',
    help: 'Attempts to deliver an event to an endpoint, by what became of them',
    labelNames: ['outcome'],
    registers,
  });
  const webhookDropped = new Counter({
    name: 'alongside_webhook_events_dropped_total',
    help: 'Events for endpoints that were dropped undelivered, by reason',
    labelNames: ['reason'],
    registers,
  });
  for (const type of NOTIFICATION_TYPES) notifications.inc({ type }, 0);
  for (const change of ['raised', 'cleared']) alerts.inc({ change }, 0);
  for (const outcome of ATTEMPT_OUTCOMES) webhookAttempts.inc({ outcome }, 0);
  for (const reason of ['disk', 'too-much']) webhookDropped.inc({ reason }, 0);
  return { notifications, alerts, webhookAttempts, webhookDropped };
}
