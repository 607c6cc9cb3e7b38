/** Digits that tell any two 32-bit floats apart. */
const MAX_FLOAT_DIGITS = 9;
/** Digits that most measured values need. */
const MIN_FLOAT_DIGITS = 6;
/** Steps a unit that most sensors resolve, and the size below which 32-bit floats tell two of them apart. */
const USUAL_STEPS = 1e4;
const USUAL_SIZE = 1000;

/** The number with the fewest digits that is still the same 32-bit float. */
export function shortestFloat(value: number): number {
  const usual = Math.round(value * USUAL_STEPS) / USUAL_STEPS;
  if (Math.fround(usual) === value && Math.abs(value) < USUAL_SIZE) return usual;
  for (let digits = MIN_FLOAT_DIGITS; digits < MAX_FLOAT_DIGITS; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return Number(value.toPrecision(MAX_FLOAT_DIGITS));
}
