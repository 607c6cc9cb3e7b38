import { Webhook } from 'standardwebhooks';
import type { Notification } from '../../domain/notification.js';

/** What is sent of an event: the body, and what signs it. */
export interface Message {
  /** The same at every attempt, so that receivers can tell what they have. */
  readonly id: string;
  readonly body: string;
}

export function eventMessage({ id, type, device, atMs, data }: Notification): Message {
  return { id, body: JSON.stringify({ type, timestamp: isoOf(atMs), data: { device, ...data } }) };
}

export function testMessage(id: string, atMs: number): Message {
  const data = { text: 'Alongside reaches this endpoint' };
  return { id, body: JSON.stringify({ type: 'webhook.test', timestamp: isoOf(atMs), data }) };
}

/**
 * Headers of one attempt after Standard Webhooks 1.0.0.
 *
 * @param secrets one signature each, the newest first
 */
export function signedHeaders(
  { id, body }: Message,
  secrets: readonly string[],
  nowMs: number,
): Record<string, string> {
  const now = new Date(nowMs);
  return {
    'content-type': 'application/json',
    'user-agent': 'Alongside-Webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(nowMs / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
  };
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
