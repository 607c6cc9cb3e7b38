import type { Socket } from 'node:net';
import { HttpProblem, PROBLEM_CONTENT_TYPE } from './problem.js';

/** How long a client may go on sending after its answer. */
const LINGER_MS = 500;

/** Answers what never became a request (too slow, too long, not HTTP) on the bare socket, and closes it. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = problemOf(error.code).toBody();
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

function problemOf(code: string | undefined): HttpProblem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HttpProblem(408, 'The request did not arrive in time');
    case 'HPE_HEADER_OVERFLOW':
      return new HttpProblem(431, 'The headers are too long');
    default:
      return new HttpProblem(400, 'This is not a valid HTTP request');
  }
}
