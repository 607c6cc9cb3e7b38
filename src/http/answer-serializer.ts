import type { FastifySerializerCompiler } from 'fastify/types/schema.js';
import { ResponseSerializationError, serializerCompiler } from 'fastify-type-provider-zod';
import type { ZodType } from 'zod';

type Path = readonly PropertyKey[];

/**
 * Writes answers by their schema. A row of a list that the schema does not allow is left out and reported, so that one
 * odd device does not hide the others.
 *
 * @param onLeftOut gets the route and the schema's complaint
 */
export function createAnswerSerializer(
  onLeftOut: (route: string, error: Error) => void,
): FastifySerializerCompiler<ZodType> {
  return (route) => {
    const serialize = serializerCompiler(route);
    return (answer) => {
      try {
        return serialize(answer);
      } catch (error) {
        if (!(error instanceof ResponseSerializationError)) throw error;
        const rows = error.cause.issues.map(({ path }) => rowPathOf(answer, path));
        if (!rows.every((row) => row !== undefined)) throw error;
        const written = serialize(without(answer, rows));
        onLeftOut(route.url, error);
        return written;
      }
    };
  };
}

/** Where the innermost object of a list lies that a path leads through; `undefined` when it leads through none. */
function rowPathOf(answer: unknown, path: Path): Path | undefined {
  let value = answer;
  let rowLength: number | undefined;
  for (const [index, key] of path.entries()) {
    if (!isObject(value)) break;
    const child = Object.entries(value).find(([name]) => name === String(key))?.[1];
    if (Array.isArray(value) && isObject(child)) rowLength = index + 1;
    value = child;
  }
  return rowLength === undefined ? undefined : path.slice(0, rowLength);
}

/** A copy without what lies at some paths. */
function without(value: unknown, paths: readonly Path[]): unknown {
  if (paths.length === 0 || !isObject(value)) return value;
  const kept = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    const below = paths.filter(([first]) => String(first) === key).map((path) => path.slice(1));
    return below.some((path) => path.length === 0) ? [] : [[key, without(child, below)]];
  });
  return Array.isArray(value) ? kept.map(([, child]) => child) : Object.fromEntries(kept);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
