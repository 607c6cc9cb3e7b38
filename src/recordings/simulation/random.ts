/** Uniform numbers that follow from a seed. */
export interface HashRandom {
  /** In [0, 1). */
  next(): number;
  /** In [low, high). */
  between(low: number, high: number): number;
  /** -1 or 1. */
  sign(): number;
}

/**
 * Hashes two 32-bit integers into one: the value that belongs to a place in a sequence, without the ones before it.
 * Finaliser of MurmurHash3.
 */
export function hash32(seed: number, place: number): number {
  let hash = Math.imul(seed ^ Math.imul(place, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 13), 0x27d4eb2f);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The hash as a number in [0, 1). */
export function uniformAt(seed: number, place: number): number {
  return hash32(seed, place) / 2 ** 32;
}

/** Nearly normal, mean 0, standard deviation 1: the sum of the hash's four bytes. */
export function normalAt(seed: number, place: number): number {
  const hash = hash32(seed, place);
  const sum = (hash & 0xff) + ((hash >>> 8) & 0xff) + ((hash >>> 16) & 0xff) + (hash >>> 24);
  return (sum - 510) / 147.8;
}

/** The same between whole places, too, by a gentle curve from each to the next. */
export function smoothNormalAt(seed: number, at: number): number {
  const place = Math.floor(at);
  const part = at - place;
  const weight = part * part * (3 - 2 * part);
  return normalAt(seed, place) * (1 - weight) + normalAt(seed, place + 1) * weight;
}

/** A sequence of numbers, for what is drawn once; sequences of different seeds have nothing in common. */
export function createHashRandom(seed: number): HashRandom {
  let place = 0;
  const next = (): number => {
    place += 1;
    return uniformAt(seed, place);
  };
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    sign: () => (next() < 0.5 ? -1 : 1),
  };
}
