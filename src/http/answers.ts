import type { z } from 'zod';
import { csvContent } from './csv.js';

/** One kind of answer of a route: what it means, and its body by content type. */
interface Answer<T extends string, S> {
  readonly description: string;
  readonly content: Readonly<Record<T, { readonly schema: S }>>;
}

/** An answer whose body fastify writes by the schema. */
export function jsonAnswer<S extends z.ZodType>(
  description: string,
  schema: S,
): Answer<'application/json', S> {
  return { description, content: { 'application/json': { schema } } };
}

/** An answer that the route writes itself, as text or a stream; the schema only tells clients what to expect. */
export function writtenAnswer<T extends string>(
  description: string,
  contentType: T,
  schema: z.ZodType,
): Answer<T, unknown> {
  // A computed key widens the type of a literal to any string.
  return { description, content: { [contentType]: { schema } } as Record<T, { schema: unknown }> };
}

/** The same answer as a table, too. */
export function withCsv<T extends string, S>({
  description,
  content,
}: Answer<T, S>): {
  readonly description: string;
  readonly content: Answer<T, S>['content'] & typeof csvContent;
} {
  return { description, content: { ...content, ...csvContent } };
}
