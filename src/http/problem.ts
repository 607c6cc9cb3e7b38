import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { csvContent } from './csv.js';

/** What the names of problems begin with that a status does not tell apart. */
export const PROBLEM_TYPE = 'urn:alongside:problem';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

const fieldProblemSchema = z.object({
  in: z.enum(['path', 'query', 'header', 'body']),
  name: z.string(),
  detail: z.string(),
});

/** The body of every error answer, after RFC 9457. */
export const problemSchema = z
  .object({
    type: z
      .string()
      .describe(
        `about:blank: the status says it all. Of 503: what does not work, ${PROBLEM_TYPE}:store, :disk, :recordings, :time, :room or :stopping`,
      ),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What is wrong with this request, and what to do'),
    errors: z.array(fieldProblemSchema).optional().describe('Each part of the request that does not fit'),
  })
  .meta({ id: 'Problem' });

type Problem = z.infer<typeof problemSchema>;
export type FieldProblem = z.infer<typeof fieldProblemSchema>;

/** OpenAPI description of the error answers of every route. */
export const problemAnswers = {
  default: {
    description: 'What is wrong, after RFC 9457',
    content: { [PROBLEM_CONTENT_TYPE]: { schema: problemSchema } },
  },
};

interface HttpProblemOptions {
  readonly type?: string;
  readonly errors?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by a route to answer with an error status. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly type: string;
  readonly errors: readonly FieldProblem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, options: HttpProblemOptions = {}) {
    super(detail);
    this.status = status;
    this.type = options.type ?? 'about:blank';
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }

  toBody(): Problem {
    const { type, status, message: detail, errors } = this;
    const title = STATUS_CODES[status] ?? 'Error';
    const body = { type, title, status, detail };
    return errors.length === 0 ? body : { ...body, errors: [...errors] };
  }
}

/** A 400 for one query parameter. */
export function queryProblem(name: string, detail: string): HttpProblem {
  return new HttpProblem(400, detail, { errors: [{ in: 'query', name, detail }] });
}

/** A part of the gateway that a request needs and that may not work at the moment. */
export const UNAVAILABLE_PARTS = ['store', 'disk', 'recordings', 'time', 'room', 'stopping'] as const;
export type UnavailablePart = (typeof UNAVAILABLE_PARTS)[number];

/** A 503 that says what does not work, and when to come back. */
export function busyProblem(part: UnavailablePart, detail: string, retryAfterSeconds: number): HttpProblem {
  return new HttpProblem(503, detail, {
    type: `${PROBLEM_TYPE}:${part}`,
    headers: { 'retry-after': String(retryAfterSeconds) },
  });
}

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
