import { z } from 'zod';
import type { CompanyInterval } from '../../domain/company.js';
import { GatewayError } from '../../shared/errors.js';
import { requireOwn } from '../access-guard.js';
import { requireDevice } from '../answers/read-timeline.js';
import { type Cell, formatShape, isoTime, sendCsv, wantsCsv } from '../csv.js';
import { type CompanyChoice, type HttpDependencies, NO_COMPANY_CODES } from '../dependencies.js';
import type { HttpApp, HttpOptions } from '../options.js';
import { HttpProblem, jsonAnswer, problemAnswers, withCsv } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import { deviceParamsSchema } from '../schemas.js';
import { resolveTimeRange, timeRangeShape, timeSchema } from '../time-range.js';

const companyAnswerSchema = z
  .object({
    device: z.string(),
    intervals: z
      .array(
        z.object({
          fromMs: z.number().describe('Epoch milliseconds'),
          toMs: z.number().describe('Not included'),
          with: z.string().describe('The other device'),
          probability: z.number().describe('That they were together, 0 to 1'),
        }),
      )
      .describe('When it was together with whom, oldest first; those with different devices may overlap'),
    reason: z
      .object({
        code: z.string().describe(`One of ${NO_COMPANY_CODES.join(', ')}; more may be added`),
        text: z.string().describe('What is so, and what to do about it'),
      })
      .optional()
      .describe('Where nothing is found out now: why'),
    complete: z
      .boolean()
      .describe('false in a cluster while a gateway does not answer that may know a reason'),
  })
  .meta({ id: 'Company' });

const groupsAnswerSchema = z
  .object({
    atMs: z.number().describe('Epoch milliseconds'),
    enabled: z.boolean().describe('Whether the gateway looks for company'),
    groups: z
      .array(z.array(z.string()))
      .describe('Devices that are together; a device that is with one of a group belongs to it'),
    complete: z
      .boolean()
      .describe('false in a cluster while a gateway does not answer whose devices are missing'),
  })
  .meta({ id: 'CompanyGroups' });

const choiceSchema = z
  .object({
    device: z.string(),
    enabled: z.boolean().describe('Whether the gateway looks for company'),
    takesPart: z.boolean().nullable().describe('null: nobody has chosen, and so it takes no part'),
  })
  .meta({ id: 'CompanyChoice' });

const HEADER = ['from_utc', 'to_utc', 'duration_s', 'device', 'with', 'probability'];

/** `GET /v1/devices/:id/company`, `GET /v1/company`, and the choice of a device to take part. */
export function addCompanyRoutes(app: HttpApp, options: HttpOptions, dependencies: HttpDependencies): void {
  const { clock, company } = dependencies;
  app.get(
    '/v1/devices/:id/company',
    {
      config: { scope: 'read', isForOwnerToo: true, errors: { 503: UNAVAILABLE.store } },
      handlerTimeout: options.queryTimeoutMs,
      schema: {
        operationId: 'getCompany',
        summary: 'With which other devices a device was together, by default in the last 24 hours',
        tags: ['devices'],
        params: deviceParamsSchema,
        querystring: z.object({ ...timeRangeShape, ...formatShape }),
        response: { 200: withCsv(jsonAnswer('The intervals', companyAnswerSchema)), ...problemAnswers },
      },
    },
    async (request, reply) => {
      const { id: device } = request.params;
      requireOwn(request, device, 'see its own company');
      const { format, ...times } = request.query;
      const nowMs = clock.nowMs();
      const intervals = await company.intervals(device, resolveTimeRange(times, nowMs), nowMs);
      if (intervals.length === 0) await requireDevice(device, dependencies);
      if (wantsCsv(request, format)) {
        const rows = intervals.map((interval) => rowOf(device, interval));
        return sendCsv(reply, `company-${device}`, HEADER, rows);
      }
      const { reason, isComplete } = await company.reasonFor(device);
      return { device, intervals: [...intervals], ...(reason && { reason }), complete: isComplete };
    },
  );

  app.get(
    '/v1/company',
    {
      config: { scope: 'read', errors: { 503: UNAVAILABLE.store } },
      handlerTimeout: options.queryTimeoutMs,
      schema: {
        operationId: 'listCompany',
        summary: 'Who is together at a time, by default now',
        tags: ['devices'],
        querystring: z.object({
          at: timeSchema.optional().describe('Epoch milliseconds or ISO 8601; without it, now'),
        }),
        response: { 200: jsonAnswer('The groups', groupsAnswerSchema), ...problemAnswers },
      },
    },
    async ({ query }) => {
      const atMs = query.at ?? clock.nowMs();
      const { groups, isComplete } =
        query.at === undefined
          ? await company.groupsNow()
          : { groups: await company.groupsAt(atMs), isComplete: true };
      const { isEnabled: enabled } = company;
      return { atMs, enabled, groups: groups.map((group) => [...group]), complete: isComplete };
    },
  );
  addChoiceRoutes(app, dependencies);
}

function addChoiceRoutes(app: HttpApp, { company }: Pick<HttpDependencies, 'company'>): void {
  app.get(
    '/v1/devices/:id/company/choice',
    {
      config: { scope: 'ingest', errors: { 404: undefined } },
      schema: {
        operationId: 'getCompanyChoice',
        summary: 'Whether a device takes part in company',
        tags: ['devices'],
        params: deviceParamsSchema,
        response: { 200: jsonAnswer('The choice', choiceSchema), ...problemAnswers },
      },
    },
    (request) => {
      const { id } = request.params;
      requireOwn(request, id, 'ask for its own choice');
      return choiceAnswer(id, company.choiceOf(id));
    },
  );

  app.patch(
    '/v1/devices/:id/company/choice',
    {
      config: {
        scope: 'ingest',
        errors: {
          404: undefined,
          409: 'The configuration decides for this device, or the gateway does not look for company',
          503: UNAVAILABLE.disk,
        },
      },
      schema: {
        operationId: 'chooseCompany',
        summary:
          'Let a device take part in company, or no longer; what was found out by then stays until it is forgotten',
        tags: ['devices'],
        params: deviceParamsSchema,
        body: z.strictObject({ takesPart: z.boolean() }),
        response: { 200: jsonAnswer('The choice', choiceSchema), ...problemAnswers },
      },
    },
    async (request) => {
      const { id } = request.params;
      requireOwn(request, id, 'choose for itself');
      try {
        await company.choose(id, request.body.takesPart);
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'INPUT_REFUSED')
          throw new HttpProblem(409, error.message);
        throw error;
      }
      return choiceAnswer(id, company.choiceOf(id));
    },
  );
}

function choiceAnswer(device: string, { isEnabled, takesPart }: CompanyChoice): z.infer<typeof choiceSchema> {
  return { device, enabled: isEnabled, takesPart: takesPart ?? null };
}

function rowOf(device: string, { fromMs, toMs, with: other, probability }: CompanyInterval): Cell[] {
  return [isoTime(fromMs), isoTime(toMs), (toMs - fromMs) / 1000, device, other, probability];
}
