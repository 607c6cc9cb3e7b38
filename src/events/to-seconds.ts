const MS_PER_SECOND = 1000;

/** Durations are milliseconds in the code and seconds in metrics, as Prometheus wants it. */
export function toSeconds(ms: number): number {
  return ms / MS_PER_SECOND;
}
