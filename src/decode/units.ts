export const NANOSECONDS_PER_MS = 1e6;
export const MS_PER_SECOND = 1000;
export const RADIANS_PER_DEGREE = Math.PI / 180;
