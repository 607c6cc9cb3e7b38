import { z } from 'zod';
import { CLEAR_REASONS } from '../../domain/notification.js';
import { statusesOf, type TargetSpec } from '../../inference/models/manifest.js';
import { alertRuleSchema, type StatusCondition } from '../../notify/alerts/rule-schema.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../options.js';
import { HttpProblem, jsonAnswer, problemAnswers } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';

const timeMsSchema = z.number().describe('Epoch milliseconds');

const alertSchema = z
  .object({
    id: z.string(),
    rule: z.string(),
    device: z.string(),
    text: z.string(),
    sinceMs: timeMsSchema.describe('Since when the condition of the rule has held'),
    raisedAtMs: timeMsSchema,
    cleared: z.object({ atMs: timeMsSchema, reason: z.enum(CLEAR_REASONS) }).nullable(),
  })
  .meta({ id: 'Alert' });
const alertsAnswerSchema = z
  .object({
    alerts: z.array(alertSchema),
    complete: z.boolean().describe('false: a gateway that shares phones does not answer'),
  })
  .meta({ id: 'Alerts' });

const listedRuleSchema = z
  .object({
    rule: z.record(z.string(), z.unknown()).describe('As it was given, with defaults'),
    origin: z.enum(['config', 'api']).describe('config: only an editor of the configuration changes it'),
  })
  .meta({ id: 'AlertRule' });
const rulesAnswerSchema = z.object({ rules: z.array(listedRuleSchema) }).meta({ id: 'AlertRules' });
const ruleParamsSchema = z.object({ name: z.string().max(64) });

const tags = ['alerts'];
type Dependencies = Pick<HttpDependencies, 'alertRules' | 'models' | 'openAlerts'>;

/** `GET /v1/alerts` and `/v1/alert-rules`: what is wrong now, and what counts as wrong. */
export function addAlertRoutes(app: HttpApp, dependencies: Dependencies): void {
  addReading(app, dependencies);
  addChanging(app, dependencies);
}

function addReading(app: HttpApp, { alertRules, openAlerts }: Dependencies): void {
  app.get(
    '/v1/alerts',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listAlerts',
        summary: 'Alerts that are raised and not cleared',
        tags,
        response: { 200: jsonAnswer('The alerts', alertsAnswerSchema), ...problemAnswers },
      },
    },
    async () => {
      const { alerts: open, isComplete: complete } = await openAlerts();
      return { alerts: open.map((alert) => ({ ...alert, cleared: alert.cleared ?? null })), complete };
    },
  );
  app.get(
    '/v1/alert-rules',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listAlertRules',
        summary: 'Alert rules',
        tags,
        response: { 200: jsonAnswer('The rules', rulesAnswerSchema), ...problemAnswers },
      },
    },
    () => ({
      rules: alertRules.listed.map(({ rule, isConfigured }) => ({
        rule: { ...rule },
        origin: isConfigured ? ('config' as const) : ('api' as const),
      })),
    }),
  );
}

function addChanging(app: HttpApp, { alertRules, models }: Dependencies): void {
  app.post(
    '/v1/alert-rules',
    {
      config: { scope: 'admin', errors: { 503: UNAVAILABLE.disk } },
      schema: {
        operationId: 'createAlertRule',
        summary: 'Make an alert rule; refused when it contradicts itself or another rule',
        tags,
        body: alertRuleSchema,
        response: { 201: jsonAnswer('The rule', listedRuleSchema), ...problemAnswers },
      },
    },
    async ({ body }, reply) => {
      if (body.when.type === 'status') requireTarget(body.when, models());
      await alertRules.add(body);
      return reply.code(201).send({ rule: { ...body }, origin: 'api' });
    },
  );
  app.delete(
    '/v1/alert-rules/:name',
    {
      config: { scope: 'admin', errors: { 503: UNAVAILABLE.disk } },
      schema: {
        operationId: 'removeAlertRule',
        summary: 'Remove a rule that was made by API; its alerts are cleared',
        tags,
        params: ruleParamsSchema,
        response: { 204: z.undefined().describe('It is gone'), ...problemAnswers },
      },
    },
    async ({ params: { name } }, reply) => {
      await alertRules.remove(name);
      return reply.code(204).send();
    },
  );
}

/** A rule about something no model decides would wait for ever. */
function requireTarget(
  { target, is }: StatusCondition,
  models: ReturnType<HttpDependencies['models']>,
): void {
  const known = models.flatMap((model) => (model.kind === 'sequence' ? model.targets : []));
  const spec = known.find(({ name }) => name === target);
  if (spec === undefined) throw bodyProblem('when/target', `there is no target ${target}; ${namesOf(known)}`);
  const statuses = statusesOf(spec);
  if (is.every((status) => statuses.includes(status))) return;
  throw bodyProblem('when/is', `${target} is never that; it may be ${statuses.join(', ')}`);
}

function namesOf(targets: readonly TargetSpec[]): string {
  const names = [...new Set(targets.map(({ name }) => name))].sort();
  return names.length === 0 ? 'no model is active' : `the models have ${names.join(', ')}`;
}

function bodyProblem(name: string, detail: string): HttpProblem {
  return new HttpProblem(400, detail, { errors: [{ in: 'body', name, detail }] });
}
