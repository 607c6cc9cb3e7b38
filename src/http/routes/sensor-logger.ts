import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { jsonAnswer, writtenAnswer } from '../answers.js';
import { limitBodies } from '../body-budget.js';
import type { HttpDependencies, IngestResult, SampleUse } from '../dependencies.js';
import { sendProblem } from '../error-handling.js';
import type { HttpApp } from '../http-app.js';
import type { HttpOptions } from '../options.js';
import { busyProblem, problemAnswers } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import {
  textForNoSensors,
  textForRejection,
  textForUnused,
  WRONG_CONTENT_TEXT,
} from '../sensor-logger-texts.js';

const PATH = '/v1/ingest/sensor-logger';
const RETRY_AFTER_SECONDS = 2;
/** The app shows the body of an answer with this status to its user; every other status it only counts. */
const SHOW_TO_USER = 499;

/** For clients to read; the message itself is checked where it is decoded. */
const bodyDescription: unknown = z.looseObject({
  messageId: z.number(),
  sessionId: z.string(),
  deviceId: z.string(),
  payload: z.array(z.looseObject({ name: z.string(), time: z.number().describe('Epoch nanoseconds') })),
});

const schema = {
  operationId: 'pushSensorLogger',
  summary: 'HTTP push of the app Sensor Logger',
  description:
    `A message of which nothing can be used is answered with status ${SHOW_TO_USER} and a text: the app shows it to the person ` +
    'who holds the phone, and goes on; every other status it only counts.',
  tags: ['ingest'],
  body: bodyDescription,
  response: {
    200: jsonAnswer(
      'Taken over',
      z.object({
        status: z.literal('accepted'),
        samples: z
          .object({
            used: z.int(),
            unused: z.record(z.string(), z.int()).describe('By reason, as in the ledger'),
          })
          .optional()
          .describe('Where some were not used'),
      }),
    ),
    [SHOW_TO_USER]: writtenAnswer(
      'A set-up mistake, in words for the person who holds the phone',
      'text/plain',
      z.string(),
    ),
    ...problemAnswers,
  },
};

/**
 * `POST /v1/ingest/sensor-logger`: the HTTP push of the app Sensor Logger. The body goes to the decoder as it came.
 * Field reference: https://github.com/tszheichoi/awesome-sensor-logger/blob/main/PUSHING.md
 */
export function addSensorLoggerRoute(
  app: HttpApp,
  options: HttpOptions,
  dependencies: HttpDependencies,
): void {
  const { clock, ingest } = dependencies;
  // A scope of its own, since fastify has parsers of bodies for a whole scope.
  app.register((scope: HttpApp, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
    limitBodies(scope, options.imageBudgetBytes, options.maxIngestBytes);
    scope.post(PATH, routeOptions(options, dependencies), async (request, reply) => {
      const payload = Buffer.isBuffer(request.body) ? request.body : new Uint8Array();
      const receivedAtMs = clock.nowMs();
      const message = {
        format: 'sensor-logger',
        topic: PATH,
        // Who pushes with a device's password pushes as that device, whatever the message says.
        device: request.principal?.kind === 'device' ? request.principal.device : undefined,
        payload,
        receivedAtMs,
      } as const;
      const result = await ingest(message);
      const mistake = mistakeOf(result, dependencies);
      return mistake === undefined ? acceptedAnswer(result) : showToUser(reply, mistake);
    });
    done();
  });
}

function routeOptions({ maxIngestBytes }: HttpOptions, { events, refuse }: HttpDependencies) {
  return {
    config: { scope: 'ingest' as const, errors: { 415: undefined, 503: UNAVAILABLE.room } },
    schema,
    bodyLimit: maxIngestBytes,
    validatorCompiler: () => (value: unknown) => ({ value }),
    // Before the body is read. JSON only: other types reach any address from any web page without a preflight.
    onRequest: (request: FastifyRequest, reply: FastifyReply, next: () => void): void => {
      if (isJson(request.headers['content-type'])) {
        next();
      } else {
        refuse('not-json', PATH, 'the content type is not application/json');
        showToUser(reply, WRONG_CONTENT_TEXT);
      }
    },
    errorHandler: (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
      if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
        refuse('too-large', PATH, `the body is larger than ${maxIngestBytes} bytes`);
      }
      sendProblem(error, request, reply, events);
    },
  };
}

/**
 * What the person who holds the phone should change; `undefined` when all is well.
 *
 * @throws HttpProblem 503 when the gateway is behind
 */
function mistakeOf(result: IngestResult, { devices }: HttpDependencies): string | undefined {
  if (result.kind === 'busy') throw busyProblem('The gateway is behind', RETRY_AFTER_SECONDS);
  if (result.kind === 'rejected') return textForRejection(result.reason, result.detail);
  if (result.isTest || result.usableEntries > 0) return undefined;
  if (result.samples !== undefined) return textForUnused(result.samples);
  if (result.ignoredSensors.length === 0) return undefined;
  // One message without motion is chance (a short batch that held only the battery); none since the start is a mistake.
  const hasSensors = (devices.get(result.device)?.sensors.length ?? 0) > 0;
  return hasSensors ? undefined : textForNoSensors(result.ignoredSensors);
}

function acceptedAnswer(result: IngestResult): { status: 'accepted'; samples?: SampleUse } {
  const samples = result.kind === 'accepted' ? result.samples : undefined;
  return { status: 'accepted', ...(samples === undefined ? {} : { samples }) };
}

function showToUser(reply: FastifyReply, text: string): FastifyReply {
  reply.raw.statusMessage = 'Wrong Set-up';
  return reply.code(SHOW_TO_USER).type('text/plain; charset=utf-8').send(text);
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}
