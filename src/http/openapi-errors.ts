import type { FastifySchema, RouteOptions } from 'fastify';
import { HOW_TO_AUTHORIZE } from './access-guard.js';
import { type ErrorForm, PROBLEM_FORM } from './error-handling.js';
import { HttpProblem, UNAVAILABLE_PARTS } from './problem.js';
import { BODY_ERRORS, UNAVAILABLE, UNEXPECTED, unavailable } from './problem-of.js';
import { TOO_MANY_REQUESTS } from './request-limits.js';
import { PROTOCOL_ERRORS } from './v2/infer-request.js';

/** What an answer with an error status says; `undefined`: the route never answers it. */
export type ErrorTexts = Readonly<Record<number, string | undefined>>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Errors besides those that follow from the scope, the parameters and the body of the route, or in their place. */
    readonly errors?: ErrorTexts;
  }
}

/** One kind of answer in a schema of fastify. */
export interface DescribedAnswer {
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema: unknown; readonly example?: unknown }>>;
}
export type DescribedAnswers = Readonly<Record<string, DescribedAnswer>>;

/** Names each error that a route may answer, in the form of its `default` answer. */
export function withErrors(answers: DescribedAnswers, route: RouteOptions): DescribedAnswers {
  const { default: others } = answers;
  if (others === undefined) return answers;
  const named = Object.entries(errorsOf(route)).flatMap(([status, text]): [string, DescribedAnswer][] =>
    text === undefined || status in answers ? [] : [[status, { ...others, description: text }]],
  );
  return { ...answers, ...Object.fromEntries(named) };
}

/** The body of an error answer, in the form that its content type stands for. */
export function errorExample(status: string, text: string, contentType: string): unknown {
  const problem =
    status === 'default'
      ? new HttpProblem(500, `${UNEXPECTED} req-1a`)
      : problemOfStatus(Number(status), text);
  return formOf(contentType).bodyOf(problem);
}

function problemOfStatus(status: number, text: string): HttpProblem {
  const part = UNAVAILABLE_PARTS.find((one) => UNAVAILABLE[one] === text);
  return status === 503 && part !== undefined ? unavailable(part) : new HttpProblem(status, text);
}

function formOf(contentType: string): ErrorForm {
  return contentType === PROBLEM_FORM.contentType ? PROBLEM_FORM : PROTOCOL_ERRORS;
}

function errorsOf({ config = {}, schema = {}, handlerTimeout }: RouteOptions): ErrorTexts {
  const { scope = 'admin', errors } = config;
  return {
    ...(hasInput(schema) ? { 400: 'A part of the request does not fit; the detail says which and why' } : {}),
    ...(scope === 'open' ? {} : { 401: HOW_TO_AUTHORIZE, 403: `This needs the scope ${scope}` }),
    ...(schema.params === undefined ? {} : { 404: 'There is nothing of that name' }),
    ...(schema.body === undefined ? {} : BODY_ERRORS),
    429: TOO_MANY_REQUESTS,
    ...(handlerTimeout === undefined ? {} : { 503: UNAVAILABLE.time }),
    ...errors,
  };
}

function hasInput({ params, querystring, body }: FastifySchema): boolean {
  return [params, querystring, body].some((part) => part !== undefined);
}
