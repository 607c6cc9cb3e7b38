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
  'DISK_UNAVAILABLE',
  'OUTBOX_UNAVAILABLE',
  'RECORDING_UNAVAILABLE',
  'FOLDER_IN_USE',
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

/** Whether the operating system says that there is no such file or folder. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** For `catch`: a file that is not there is `undefined`, any other error goes on. */
export function undefinedIfMissing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}

/** What the operating system's codes mean for somebody who gave a path or an address. */
const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use it; give it the right, or use another',
  EADDRINUSE: 'something else listens there already; choose another port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ECONNREFUSED: 'nothing listens there; start the server or correct the address',
  ECONNRESET: 'the other side closed the connection; is it the right port?',
  EEXIST: 'there is a file of that name',
  EHOSTUNREACH: 'that machine cannot be reached',
  EISDIR: 'it is a folder; a file is needed',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
  ENETUNREACH: 'that network cannot be reached',
  ENOENT: 'there is no such file or folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user on that disk is used up',
  ENOTDIR: 'part of the path is a file; a folder is needed',
  ENOTFOUND: 'that name is unknown',
  EPERM: 'this user may not do that',
  EPIPE: 'the other side closed the connection',
  EROFS: 'the file system is read-only; use another folder',
  ETIMEDOUT: 'there is no answer',
};

/** What an error of the operating system, or one it caused, means in words; `undefined` for any other. */
export function systemWords(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const words = 'code' in error && typeof error.code === 'string' ? SYSTEM_WORDS[error.code] : undefined;
  return words ?? systemWords(error.cause);
}
