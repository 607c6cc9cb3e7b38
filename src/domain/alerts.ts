import type { DeviceId } from './ids.js';

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
  /** Since when what the rule asks for has been so, epoch milliseconds. */
  readonly sinceMs: number;
  readonly raisedAtMs: number;
  readonly cleared: { readonly atMs: number; readonly reason: ClearReason } | undefined;
}
