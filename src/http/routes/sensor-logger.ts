import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { MessageRejectReason } from '../../domain/ledger.js';
import type { HttpDependencies, IngestResult, SampleUse, UnusedFate } from '../dependencies.js';
import { sendProblem } from '../error-handling.js';
import type { HttpApp, HttpOptions } from '../options.js';
import { jsonAnswer, problemAnswers, writtenAnswer } from '../problem.js';
import { UNAVAILABLE, unavailable } from '../problem-of.js';
import { limitBodies } from '../request-limits.js';

export const WRONG_CONTENT_TEXT =
  "This address takes the HTTP push of Sensor Logger: JSON with content type application/json. Check the app's Push URL.";

const TEXTS: Readonly<Record<MessageRejectReason, string>> = {
  'not-json': "The message is not JSON. Check that the app's Push URL belongs to Sensor Logger's HTTP push.",
  'wrong-shape':
    'The message is not one of Sensor Logger: it needs deviceId, sessionId, messageId and payload.',
  'wrong-topic': 'The gateway does not take messages at this address.',
  retained: 'The broker had kept this from earlier. Switch "retain" off in the app.',
  'bad-device': "The phone's device name cannot be used. Give it another one in the app.",
  'unknown-format': 'The gateway does not know this message format.',
  'too-large': 'The message is too large. Shorten the batch period in the app.',
  'too-fast': 'This phone sends more than the gateway takes. Lower the sampling frequency in the app.',
  'too-many-devices': 'The gateway has as many devices as it takes. Ask the person who runs it.',
  internal:
    'This message causes a fault in the gateway. Show the log of the gateway to the people who develop it.',
};

const UNUSED_TEXTS: Readonly<Record<UnusedFate, string>> = {
  past: "are dated too long ago: times must be epoch nanoseconds. Set the phone's clock",
  future: "are dated in the future: times must be epoch nanoseconds. Set the phone's clock",
  late: "come later than others of this device that are done with. Set the phone's clock, or shorten the batch period",
  duplicate: 'came before',
  invalid: 'lack a time or an axis, or are no numbers',
  'too-fast': 'are more than the gateway takes. Lower the sampling frequency in the app',
  overflow: 'are more at once than the gateway holds. Shorten the batch period in the app',
};

const MAX_LISTED_SENSORS = 5;
const MAX_NAME_CHARACTERS = 40;

/** Words for a person with a phone in the hand, about a message that was refused. */
export function textForRejection(reason: MessageRejectReason, detail: string): string {
  return detail === '' ? TEXTS[reason] : `${TEXTS[reason]} (${detail})`;
}

/** Words about a message of which no sample can be used, by what most of them lack. */
export function textForUnused({ unused }: SampleUse): string {
  const total = Object.values(unused).reduce((sum, count) => sum + count, 0);
  const reasons = Object.entries(UNUSED_TEXTS)
    .map(([fate, text]) => ({ text, count: unused[fate as UnusedFate] ?? 0 }))
    .sort((a, b) => b.count - a.count);
  return `None of ${total} samples can be used: ${reasons[0]?.count} ${reasons[0]?.text}.`;
}

/** Words about a phone that sends, but nothing the gateway can use. */
export function textForNoSensors(ignoredSensors: readonly string[]): string {
  const names = [...new Set(ignoredSensors)].map((name) => name.slice(0, MAX_NAME_CHARACTERS));
  const more = names.length > MAX_LISTED_SENSORS ? ' and others' : '';
  const sent = `${names.slice(0, MAX_LISTED_SENSORS).join(', ')}${more}`;
  return `The gateway gets ${sent}, which it does not use. Enable Accelerometer, Gyroscope and Magnetometer in the app.`;
}

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
      const mistake = await mistakeOf(result, dependencies);
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
async function mistakeOf(result: IngestResult, { devices }: HttpDependencies): Promise<string | undefined> {
  if (result.kind === 'busy') throw unavailable('room', RETRY_AFTER_SECONDS);
  if (result.kind === 'rejected') return textForRejection(result.reason, result.detail);
  if (result.isTest || result.usableEntries > 0) return undefined;
  if (result.samples !== undefined) return textForUnused(result.samples);
  if (result.ignoredSensors.length === 0) return undefined;
  // One message without motion is chance (a short batch that held only the battery); none since the start is a mistake.
  // A gateway that does not answer is nobody's mistake either.
  const hasSensors = await devices.get(result.device).then(
    (live) => (live?.info.sensors.length ?? 0) > 0,
    () => true,
  );
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
