const MS_PER_SECOND = 1000;

/**
 * Reads a `retry-after` header (RFC 9110, 10.2.3): seconds, or a date.
 *
 * @returns milliseconds from now, at least 0; `undefined` when there is none or it is neither
 */
export function parseRetryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,10}\s*$/.test(header)) return Number(header) * MS_PER_SECOND;
  // Without a word of letters it would be taken for a year.
  const atMs = /[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
