import { z } from 'zod';
import { type DeviceId, parseDeviceId } from '../domain/ids.js';
import { NOTICE_TYPES, type Notice } from '../domain/notification.js';
import { ATTEMPT_OUTCOMES, type Delivery } from '../domain/webhooks.js';

const deviceSchema = z.string().transform((text, context): DeviceId => {
  const device = parseDeviceId(text);
  if (device !== undefined) return device;
  context.addIssue({ code: 'custom', message: 'no device name' });
  return z.NEVER;
});

const noticeSchema = z.object({
  id: z.string(),
  type: z.enum(NOTICE_TYPES),
  device: deviceSchema,
  atMs: z.number(),
  data: z.record(z.string(), z.unknown()),
});

const attemptSchema = z.object({
  /** The event; without it the attempt was a test. */
  notice: noticeSchema.optional(),
  eventId: z.string(),
  eventAtMs: z.number(),
  attempt: z.number(),
  attemptedAtMs: z.number(),
  durationMs: z.number(),
  outcome: z.enum(ATTEMPT_OUTCOMES),
  status: z.number().optional(),
  detail: z.string(),
  nextAttemptMs: z.number().optional(),
});

/** An attempt as the log keeps it, with the event, so that it can be sent again. */
export interface LoggedAttempt {
  readonly delivery: Delivery;
  readonly notice: Notice | undefined;
}

export function encodeNotice(notice: Notice): Uint8Array {
  return Buffer.from(JSON.stringify(notice));
}

/** Inverse of {@link encodeNotice}; `undefined` for anything else. */
export function decodeNotice(payload: Uint8Array): Notice | undefined {
  return noticeSchema.safeParse(parse(payload)).data;
}

export function encodeAttempt({ delivery, notice }: LoggedAttempt): Uint8Array {
  const { type: _type, device: _device, ...attempt } = delivery;
  return Buffer.from(JSON.stringify({ ...attempt, notice }));
}

/** Inverse of {@link encodeAttempt}; `undefined` for anything else. */
export function decodeAttempt(payload: Uint8Array): LoggedAttempt | undefined {
  const { data } = attemptSchema.safeParse(parse(payload));
  if (data === undefined) return undefined;
  const { notice, status, nextAttemptMs, ...attempt } = data;
  const delivery: Delivery = {
    ...attempt,
    type: notice?.type ?? 'webhook.test',
    device: notice?.device,
    status,
    nextAttemptMs,
  };
  return { delivery, notice };
}

/** Whose a payload of a queue or a log is. */
export function deviceOfPayload(payload: Uint8Array): string | undefined {
  return decodeNotice(payload)?.device ?? decodeAttempt(payload)?.notice?.device;
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    return undefined;
  }
}
