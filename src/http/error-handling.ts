import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AllowedMethods } from './allowed-methods.js';
import type { HttpEvents } from './dependencies.js';
import type { HttpApp } from './http-app.js';
import { HttpProblem, PROBLEM_CONTENT_TYPE } from './problem.js';
import { isUnexpected, problemOf } from './problem-of.js';

/** Answers every error of the app, and every path or method it does not know, with problem+json. */
export function handleErrors(app: HttpApp, allowed: AllowedMethods, events: HttpEvents): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, events));
  app.setNotFoundHandler((request, reply) => {
    const methods = allowed.of(pathOf(request.url));
    // A plain OPTIONS learns the methods; a CORS preflight learns, by what is missing, that other sites may not call.
    if (request.method === 'OPTIONS' && methods.length > 0) {
      return reply.code(204).header('allow', methods.join(', ')).send();
    }
    return sendProblem(unknownAddress(request.method, methods), request, reply, events);
  });
}

/** How errors are written for those who ask. */
export interface ErrorForm {
  readonly contentType: string;
  readonly bodyOf: (problem: HttpProblem) => unknown;
}

export const PROBLEM_FORM: ErrorForm = {
  contentType: PROBLEM_CONTENT_TYPE,
  bodyOf: (problem) => problem.toBody(),
};

/** Writes an error in a form, problem+json by default; what nobody planned for goes to the log, not to the client. */
export function sendProblem(
  error: unknown,
  request: Pick<FastifyRequest, 'id'>,
  reply: FastifyReply,
  events: HttpEvents,
  { contentType, bodyOf }: ErrorForm = PROBLEM_FORM,
): FastifyReply {
  const problem = problemOf(error, request.id);
  if (isUnexpected(problem)) events.httpFailed(request.id, error);
  return reply
    .code(problem.status)
    .headers({ ...problem.headers })
    .type(contentType)
    .send(JSON.stringify(bodyOf(problem)));
}

function unknownAddress(method: string, methods: readonly string[]): HttpProblem {
  if (methods.length === 0) {
    return new HttpProblem(404, 'There is nothing at this address; /openapi.json lists what there is');
  }
  const allow = methods.join(', ');
  return new HttpProblem(405, `This address takes ${allow}, not ${method}`, { headers: { allow } });
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
