import type { DeviceId } from './ids.js';

/** What people and programs can be told of. */
export const NOTIFICATION_TYPES = [
  'status.changed',
  'device.online',
  'device.offline',
  'apparel.detected',
  'company.changed',
  'alert.raised',
  'alert.cleared',
] as const;

export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

/** Something that happened to a device and that somebody may want to be told of. */
export interface Notification {
  /** The same for the same happening, however often it is found out: `evt_…`. */
  readonly id: string;
  readonly type: NotificationType;
  readonly device: DeviceId;
  /** When it happened, epoch milliseconds. */
  readonly atMs: number;
  /** What else there is to say: plain JSON, small. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Takes notifications over and looks after them alone: never throws, never makes anybody wait. */
export interface NotificationTaker {
  accept(notification: Notification): void;
}

/** Why an alert is over: it holds no longer, its hours are over, or its rule is gone. */
export const CLEAR_REASONS = ['condition-over', 'hours-over', 'rule-removed'] as const;
export type ClearReason = (typeof CLEAR_REASONS)[number];

/** An alert that was raised, and perhaps cleared. */
export interface Alert {
  /** The same for the same alert, however often it is found out. */
  readonly id: string;
  readonly rule: string;
  readonly device: DeviceId;
  /** The rule's name and a sentence. */
  readonly text: string;
  /** Since when the condition of the rule has held, epoch milliseconds. */
  readonly sinceMs: number;
  readonly raisedAtMs: number;
  readonly cleared: { readonly atMs: number; readonly reason: ClearReason } | undefined;
}
