import type { Answer } from './send.js';

/** What an answer means for the event. */
export type RetryDecision =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly afterMs: number; readonly detail: string }
  | { readonly kind: 'given-up'; readonly detail: string }
  /** The receiver wants nothing more, ever. */
  | { readonly kind: 'disabled'; readonly detail: string };

export interface RetryOptions {
  /** Waits before the second, third, … attempt, seconds; after the last one the event is given up. */
  readonly retrySeconds: readonly number[];
  /** Numbers in `[0, 1)`. */
  readonly random: () => number;
}

const MS_PER_SECOND = 1000;
/** Waits are up to this much longer, so that those that failed together do not come back together. */
const JITTER = 0.1;
/** A receiver may ask for a day of peace, not for more. */
const MAX_RETRY_AFTER_MS = 86_400_000;

/**
 * Judges an answer by the rules of Standard Webhooks 1.0.0: 2xx is success, 410 ends everything, whatever else is a
 * failure (redirects too) that is tried again; `retry-after` takes the place of the schedule's wait.
 *
 * @param attempt 1 for the first
 */
export function retryVerdict(
  answer: Answer,
  attempt: number,
  { retrySeconds, random }: RetryOptions,
): RetryDecision {
  if (answer.kind === 'answered' && answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
  const detail = describe(answer);
  if (answer.kind === 'answered' && answer.status === 410) return { kind: 'disabled', detail };
  const waitSeconds = retrySeconds[attempt - 1];
  if (waitSeconds === undefined) return { kind: 'given-up', detail };
  const askedMs = answer.kind === 'answered' ? answer.retryAfterMs : undefined;
  const waitMs = Math.min(askedMs ?? waitSeconds * MS_PER_SECOND, MAX_RETRY_AFTER_MS);
  return { kind: 'retry', afterMs: Math.ceil(waitMs * (1 + JITTER * random())), detail };
}

function describe(answer: Answer): string {
  if (answer.kind === 'failed') return answer.detail;
  const { status } = answer;
  if (status === 410) return 'it answered 410: it is gone and takes no more events';
  if (status >= 300 && status < 400) return `it answered ${status}: redirects are not followed`;
  return `it answered ${status}`;
}
