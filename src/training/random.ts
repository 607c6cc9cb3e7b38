/** A stream of pseudo-random numbers that follows from its seed alone. */
export interface Random {
  /** An integer in [0, 2^32). */
  uint32(): number;
  /** In [0, 1). */
  uniform(): number;
  /** In [low, high). */
  between(low: number, high: number): number;
  /** From the normal distribution with mean 0 and standard deviation 1. */
  normal(): number;
  /** An integer in [0, bound). */
  below(bound: number): number;
  /** Where the stream is. */
  position(): readonly number[];
  /** Goes on from a position of the same stream. */
  moveTo(position: readonly number[]): void;
}

/**
 * xoshiro128++ of Blackman and Vigna, seeded through splitmix32.
 *
 * @param stream streams of one seed have nothing in common
 */
export function createRandom(seed: number, stream = 0): Random {
  let mixer = Math.imul(seed, 0x9e3779b9) ^ Math.imul(stream + 1, 0x85ebca6b);
  const mix = (): number => {
    mixer = (mixer + 0x9e3779b9) | 0;
    let word = Math.imul(mixer ^ (mixer >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return word ^ (word >>> 15);
  };
  let [a, b, c, d] = [mix(), mix(), mix(), mix()];
  const uint32 = (): number => {
    const sum = (a + d) | 0;
    const result = (((sum << 7) | (sum >>> 25)) + a) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  const uniform = (): number => uint32() / 2 ** 32;
  return {
    uint32,
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    below: (bound) => Math.floor(uniform() * bound),
    position: () => [a, b, c, d],
    moveTo: ([first = 0, second = 0, third = 0, fourth = 0]) => {
      [a, b, c, d] = [first, second, third, fourth];
    },
  };
}

/** A copy in random order. */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, key: random.uint32() }))
    .sort((left, right) => left.key - right.key)
    .map(({ item }) => item);
}
