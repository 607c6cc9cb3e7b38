export interface Slope {
  readonly slope: number;
  /** Standard error of the slope. */
  readonly error: number;
}

/** Slope of the straight line that fits best, in units of y a unit of x. */
export function slopeOf(xs: readonly number[], ys: readonly number[]): Slope {
  const count = xs.length;
  const meanX = mean(xs);
  const meanY = mean(ys);
  let varianceX = 0;
  let covariance = 0;
  for (const [index, x] of xs.entries()) {
    varianceX += (x - meanX) ** 2;
    covariance += (x - meanX) * ((ys[index] ?? 0) - meanY);
  }
  const slope = covariance / varianceX;
  let residuals = 0;
  for (const [index, x] of xs.entries()) residuals += ((ys[index] ?? 0) - meanY - slope * (x - meanX)) ** 2;
  return { slope, error: Math.sqrt(residuals / (count - 2) / varianceX) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
