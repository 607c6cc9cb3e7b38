/** Every code an error of this project can carry; the prefix says which part speaks. */
export const ERROR_CODES = [
  'CONFIG_INVALID',
  'USAGE',
  'MODEL_INVALID',
  'MODEL_RUN_FAILED',
  'RECORDING_INVALID',
  'IMAGES_INVALID',
  'TRAINING_FAILED',
  'DECODE_FAILED',
  'IMAGE_REFUSED',
  'SOURCE_FAILED',
  'QUEUE_FULL',
  'STORE_UNAVAILABLE',
  'STORE_REFUSED',
  'OUTBOX_UNAVAILABLE',
  'NOT_FOUND',
  'INPUT_REFUSED',
  'CLOSED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface GatewayErrorOptions {
  /** The same call may succeed later without anything being changed. */
  readonly retryable?: boolean;
  /** The other side asked not to be called again for so long, milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Base of all errors thrown on purpose: says what happened, where, and what to do. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** True when trying the same thing again later is worth it; unknown errors are not retried. */
export function isRetryable(error: unknown): boolean {
  return error instanceof GatewayError && error.retryable;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
