/** Reads `--name value` of a command line; every other option is wrong usage. */
export function numberOptions<K extends string>(
  args: readonly string[],
  defaults: Readonly<Record<K, number>>,
  flags: readonly string[] = [],
): Record<K, number> {
  const values: Record<string, number> = { ...defaults };
  for (let index = 0; index < args.length; index++) {
    const name = (args[index] ?? '').replace(/^--/, '');
    if (flags.includes(name)) continue;
    const value = Number(args[index + 1]);
    if (!Object.hasOwn(defaults, name) || !(value >= 0)) {
      const known = Object.keys(defaults).map((key) => `--${key} N`);
      throw new Error(
        `${args[index]}: known are ${[...known, ...flags.map((flag) => `--${flag}`)].join(', ')}`,
      );
    }
    values[name] = value;
    index += 1;
  }
  // Only the names of the defaults were written.
  return values as Record<K, number>;
}
