import { GRID_RATE_HZ } from './signature-grid.js';

/** Steps a second that people take, walking slowly to running. */
const SLOWEST_HZ = 1.2;
const FASTEST_HZ = 3.4;
/** Correlation with itself one step later from which movement is steps. */
const LEAST_LIKENESS = 0.4;
/** Root mean square from which movement may be steps, m/s². */
const LEAST_RMS = 0.5;

/**
 * Steps a second in the magnitude of acceleration, its mean removed, by autocorrelation; 0 without steps, NaN where there
 * is too little to tell.
 */
export function cadenceOf(magnitudes: Float64Array): number {
  const power = meanProduct(magnitudes, 0);
  if (Number.isNaN(power)) return power;
  if (Math.sqrt(power) < LEAST_RMS) return 0;
  const shortest = Math.floor(GRID_RATE_HZ / FASTEST_HZ);
  const longest = Math.ceil(GRID_RATE_HZ / SLOWEST_HZ);
  const likeness = Array.from(
    { length: longest - shortest + 3 },
    (_, index) => meanProduct(magnitudes, shortest - 1 + index) / power,
  );
  for (let index = 1; index < likeness.length - 1; index++) {
    const [before = 0, here = 0, after = 0] = likeness.slice(index - 1, index + 2);
    if (here < LEAST_LIKENESS || here < before || here < after) continue;
    return GRID_RATE_HZ / (shortest - 1 + index + peakBetween(before, here, after));
  }
  return 0;
}

/** Where the top of the parabola through three neighbours lies, from the middle one, -0.5..0.5. */
function peakBetween(before: number, here: number, after: number): number {
  const bend = before - 2 * here + after;
  return bend === 0 ? 0 : (before - after) / (2 * bend);
}

/** Mean product of values that lie so far apart, over those present; NaN where fewer than half are. */
function meanProduct(values: Float64Array, lag: number): number {
  let [sum, present] = [0, 0];
  for (let at = lag; at < values.length; at++) {
    const product = (values[at] ?? 0) * (values[at - lag] ?? 0);
    if (Number.isNaN(product)) continue;
    sum += product;
    present += 1;
  }
  return present < (values.length - lag) / 2 ? Number.NaN : sum / present;
}
