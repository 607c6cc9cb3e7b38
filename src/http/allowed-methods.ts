/** Which methods each path takes, so that a wrong method is told from a wrong path. */
export interface AllowedMethods {
  /** @param pattern a route's path with `:name` parameters */
  add(pattern: string, methods: readonly string[]): void;
  /** Methods of the routes that match a path, in alphabetical order; none for an unknown path. */
  of(path: string): string[];
}

export function createAllowedMethods(): AllowedMethods {
  const methodsByPattern = new Map<string, Set<string>>();
  return {
    add(pattern, methods) {
      const known = methodsByPattern.get(pattern) ?? new Set();
      for (const method of methods) known.add(method);
      methodsByPattern.set(pattern, known);
    },
    of(path) {
      const matching = [...methodsByPattern].filter(([pattern]) => matches(pattern, path));
      return [...new Set(matching.flatMap(([, methods]) => [...methods]))].sort();
    },
  };
}

function matches(pattern: string, path: string): boolean {
  const expected = pattern.split('/');
  const actual = path.split('/');
  return (
    expected.length === actual.length &&
    expected.every((part, index) => part === actual[index] || (part.startsWith(':') && actual[index] !== ''))
  );
}
