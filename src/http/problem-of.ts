import type { FastifyError } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { GatewayError } from '../shared/errors.js';
import { ImageError, type ImageRefusal } from '../shared/picture-bytes.js';
import { busyProblem, type FieldProblem, HttpProblem, type UnavailablePart } from './problem.js';

/** What a 503 says of a part that does not work at the moment. */
export const UNAVAILABLE = {
  store: 'The store does not answer at the moment; try again',
  disk: 'The disk cannot be used at the moment; try again',
  recordings:
    'The recordings cannot be written at the moment, perhaps because the disk is full; nothing was kept, try again',
  time: 'The answer took too long; ask for a shorter time range or try again',
  room: 'The gateway is behind; try again',
  stopping: 'The gateway is stopping',
} as const satisfies Readonly<Record<UnavailablePart, string>>;

/** What a 500 says, before the id of the request. */
export const UNEXPECTED = 'Something went wrong in the gateway; its log has it under request';

const RETRY_AFTER_SECONDS = 5;
const MS_PER_SECOND = 1000;
/** A part of a request that is echoed in an answer. */
const MAX_NAME_CHARACTERS = 100;

/** Turns anything a route or fastify threw into what the client may know of it: never a stack, never an inner text. */
export function problemOf(error: unknown, requestId: string): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof ImageError) return new HttpProblem(IMAGE_STATUS[error.refusal], error.message);
  if (error instanceof GatewayError) return problemOfGatewayError(error, requestId);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const place = placeOf(error.validationContext);
    const errors = error.validation.map(({ instancePath, message }) => ({
      in: place,
      name: instancePath.slice(1, MAX_NAME_CHARACTERS),
      detail: message === undefined ? 'does not fit' : plainWords(message),
    }));
    return new HttpProblem(400, errors.map(describe).join('; '), { errors });
  }
  return isClientError(error) ? problemOfFastifyError(error) : unexpected(requestId);
}

/** True when the answer says nothing of the cause, so that the log must. */
export function isUnexpected(problem: HttpProblem): boolean {
  return problem.status === 500;
}

function problemOfGatewayError(error: GatewayError, requestId: string): HttpProblem {
  switch (error.code) {
    case 'NOT_FOUND':
      return new HttpProblem(404, error.message);
    case 'INPUT_REFUSED':
      return new HttpProblem(400, error.message);
    case 'DISK_UNAVAILABLE':
    case 'OUTBOX_UNAVAILABLE':
      return unavailable('disk');
    case 'RECORDING_UNAVAILABLE':
      return unavailable('recordings');
    case 'STORE_UNAVAILABLE':
      return unavailable('store');
    case 'QUEUE_FULL':
      return unavailable('room', retryAfterSeconds(error));
    case 'CLOSED':
      return unavailable('stopping');
    default:
      return unexpected(requestId);
  }
}

/** A 503 for a part that does not work at the moment, in its usual words. */
export function unavailable(part: UnavailablePart, retryAfterSeconds = RETRY_AFTER_SECONDS): HttpProblem {
  return busyProblem(part, UNAVAILABLE[part], retryAfterSeconds);
}

function retryAfterSeconds({ retryAfterMs }: GatewayError): number {
  return retryAfterMs === undefined ? RETRY_AFTER_SECONDS : Math.ceil(retryAfterMs / MS_PER_SECOND);
}

/** What may be wrong with pictures, by status, besides {@link BODY_ERRORS}. */
export const PICTURE_ERRORS = {
  422: 'The picture is damaged, or too small',
  503: UNAVAILABLE.room,
} as const;

const IMAGE_STATUS: Readonly<Record<ImageRefusal, number>> = {
  format: 415,
  damaged: 422,
  'too-small': 422,
  'too-large': 413,
};

/** What may be wrong with any body, by status. */
export const BODY_ERRORS = {
  413: 'The body is larger than this address takes',
  415: 'This address does not take a body of that content type',
} as const;
const FASTIFY_DETAILS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: BODY_ERRORS[413],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: BODY_ERRORS[415],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as its content-length says',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty, but must be JSON',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not JSON; it may be cut off, or written in another form',
  FST_ERR_BAD_URL: 'The path is not a valid URL path: check its % escapes',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the path is longer than any name can be',
};

function problemOfFastifyError(error: FastifyError): HttpProblem {
  if (error.code === 'FST_ERR_HANDLER_TIMEOUT') {
    return unavailable('time');
  }
  const status = error.statusCode ?? 400;
  return new HttpProblem(status, FASTIFY_DETAILS[error.code] ?? 'The request does not fit this address');
}

function isClientError(error: unknown): error is FastifyError {
  if (!(error instanceof Error) || !('code' in error) || !('statusCode' in error)) return false;
  const { code, statusCode } = error;
  if (typeof code !== 'string' || typeof statusCode !== 'number' || !code.startsWith('FST_')) return false;
  return code === 'FST_ERR_HANDLER_TIMEOUT' || (statusCode >= 400 && statusCode < 500);
}

function unexpected(requestId: string): HttpProblem {
  return new HttpProblem(500, `${UNEXPECTED} ${requestId}`);
}

function placeOf(context: string | undefined): FieldProblem['in'] {
  switch (context) {
    case 'params':
      return 'path';
    case 'querystring':
      return 'query';
    case 'headers':
      return 'header';
    default:
      return 'body';
  }
}

/** The validator's words for what is not there, or is no number, name types of JavaScript. */
function plainWords(message: string): string {
  const [, expected, received] = /^Invalid input: expected (\w+), received (\w+)$/.exec(message) ?? [];
  if (received === 'undefined') return `is missing; it must be ${withArticle(expected)}`;
  if (received === 'NaN') return 'must be a number';
  return received === undefined ? message : `must be ${withArticle(expected)}, not ${withArticle(received)}`;
}

function withArticle(type = ''): string {
  if (type === 'null') return type;
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

function describe({ name, detail }: FieldProblem): string {
  return name === '' ? detail : `${name}: ${detail}`;
}
