import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpEvents } from './dependencies.js';
import type { HttpApp } from './options.js';
import { HttpProblem, PROBLEM_CONTENT_TYPE } from './problem.js';
import { BODY_ERRORS, isUnexpected, problemOf } from './problem-of.js';

/** Answers every error of the app, and every path or method it does not know, with problem+json. */
export function handleErrors(app: HttpApp, allowed: AllowedMethods, events: HttpEvents): void {
  app.setErrorHandler((error, request, reply) =>
    sendProblem(mediaTypeProblem(error, request) ?? error, request, reply, events),
  );
  app.setNotFoundHandler((request, reply) => {
    const methods = allowed.of(pathOf(request.url));
    // A plain OPTIONS learns the methods; a CORS preflight learns, by what is missing, that other sites may not call.
    if (request.method === 'OPTIONS' && methods.length > 0) {
      return reply.code(204).header('allow', methods.join(', ')).send();
    }
    return sendProblem(unknownAddress(request.method, methods), request, reply, events);
  });
}

/** A 415 that says which content types the address takes; `undefined` for any other error. */
function mediaTypeProblem(error: unknown, { routeOptions }: FastifyRequest): HttpProblem | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')) return;
  const taken = routeOptions.schema?.consumes ?? ['application/json'];
  return new HttpProblem(415, `${BODY_ERRORS[415]}, but ${taken.join(', ')}`);
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

/** How long a client may go on sending after its answer. */
const LINGER_MS = 500;

/** Answers what never became a request (too slow, too long, not HTTP) on the bare socket, and closes it. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = problemOfConnection(error.code).toBody();
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    `content-type: ${PROBLEM_CONTENT_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  // What still comes is read and dropped: closing a socket with unread bytes resets it, and the answer is lost.
  socket.removeAllListeners('data').on('data', () => undefined);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.once('end', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function problemOfConnection(code: string | undefined): HttpProblem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HttpProblem(408, 'The request did not arrive in time');
    case 'HPE_HEADER_OVERFLOW':
      return new HttpProblem(431, 'The headers are too long');
    default:
      return new HttpProblem(400, 'This is not a valid HTTP request');
  }
}

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
