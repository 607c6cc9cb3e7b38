/**
 * How a row of the common grid gets its values from a sensor's samples.
 *
 * - `nearest`: from the sample nearest to it, the earlier one at ties
 * - `previous`: from the last sample at or before it
 * - `linear`: from the samples on both sides, the nearer one counting more
 */
export const INTERPOLATIONS = ['nearest', 'previous', 'linear'] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];
