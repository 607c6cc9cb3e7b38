import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { DEVICE_ID_RULE, parseDeviceId } from '../../domain/ids.js';
import { isStatusOf, STATUSES } from '../../domain/status.js';
import { coversHours, type Hours, hoursSchema, lengthMs, timeZoneSchema, WEEKDAYS } from './local-time.js';

const MAX_MINUTES = 44_640;
const minutes = (fallback: number, what: string) =>
  z.number().min(0).max(MAX_MINUTES).default(fallback).describe(`${what}, minutes`);

const status = z.string().min(1).max(64);
const statusList = z.union([status, z.array(status).min(1)]).transform((is) => [is].flat());

const conditionSchema = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('status'),
      target: z.string().min(1).max(64).describe('For example accompanied'),
      is: statusList.describe(
        'yes, no, unknown, or some of them; of a target with other classes their names',
      ),
      forMinutes: minutes(0, 'How long without interruption'),
      toleranceMinutes: minutes(10, 'How long it may be unknown in between'),
    })
    .refine(canBe, { path: ['is'], message: `must be one or some of ${STATUSES.join(', ')}` }),
  z.strictObject({
    type: z.literal('silent'),
    forMinutes: z.number().positive().max(MAX_MINUTES).describe('Since when nothing was heard of the device'),
  }),
  z.strictObject({
    type: z.literal('label'),
    label: z.string().min(1).max(64).describe('An apparel label that a camera saw'),
    minProbability: z.number().min(0).max(1).default(0.5),
    holdMinutes: minutes(10, 'How long after it was seen last the alert is cleared'),
  }),
]);

/** A rule by which people are alerted. */
export const alertRuleSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9-]{0,62}$/,
      'must be 1 to 63 of a to z, 0 to 9 and -, the first a letter or digit',
    )
    .describe('Names the rule in alerts'),
  when: conditionSchema,
  devices: z
    .array(z.string().refine((text) => parseDeviceId(text) !== undefined, DEVICE_ID_RULE))
    .min(1)
    .optional()
    .describe('Without it all devices'),
  between: hoursSchema.optional().describe('When the rule counts; time outside is not counted either'),
  days: z.array(z.enum(WEEKDAYS)).min(1).optional().describe('Days on which `between` begins'),
  quietHours: hoursSchema
    .optional()
    .describe('When no alert is sent; what still holds afterwards is sent then'),
  timeZone: timeZoneSchema.optional().describe('Of the hours; by default alerts.timeZone'),
  cooldownMinutes: minutes(5, 'How long after it was cleared the same alert is not raised again'),
});

export type AlertRule = Readonly<z.infer<typeof alertRuleSchema>>;
/** As people write it, with defaults left out. */
export type AlertRuleInput = z.input<typeof alertRuleSchema>;
export type AlertCondition = AlertRule['when'];
export type StatusCondition = Extract<AlertCondition, { type: 'status' }>;

/** Of other targets the models know. */
function canBe({ target, is }: { readonly target: string; readonly is: readonly string[] }): boolean {
  return is.every((status) => isStatusOf(target, status));
}

const MS_PER_MINUTE = 60_000;

/**
 * Everything about rules that cannot be meant, a line each: hours that never are, conditions that can never hold or of
 * which nobody would ever hear, two rules of one name, two rules that say the same.
 *
 * @param quietHours of all rules that have none of their own
 */
export function ruleProblems(rules: readonly AlertRule[], quietHours?: Hours): string[] {
  const general = quietHours !== undefined && isEmpty(quietHours) ? ['quietHours: begin when they end'] : [];
  return [
    ...general,
    ...rules.flatMap((rule, index) => [
      ...problemsOf(rule, quietHours).map((problem) => `rule ${rule.name}: ${problem}`),
      ...conflicts(rule, rules.slice(0, index)),
    ]),
  ];
}

function problemsOf(rule: AlertRule, general: Hours | undefined): string[] {
  const { when, between, days } = rule;
  const quiet = rule.quietHours ?? general;
  const problems: string[] = [];
  if (between !== undefined && isEmpty(between))
    problems.push('between begins when it ends, so it never counts');
  if (rule.quietHours !== undefined && isEmpty(rule.quietHours)) {
    problems.push('quietHours begin when they end; leave them out for none');
  }
  if (days !== undefined && between === undefined) {
    problems.push('days say when `between` begins; add between, such as { from: "00:00", to: "23:59" }');
  }
  if (when.type === 'status' && STATUSES.every((status) => when.is.includes(status)))
    problems.push('is names every status, so it always holds');
  if (between !== undefined && 'forMinutes' in when && when.forMinutes * MS_PER_MINUTE >= lengthMs(between)) {
    problems.push(`forMinutes is longer than between lasts, so it can never be raised`);
  }
  if (between !== undefined && quiet !== undefined && coversHours(quiet, between)) {
    problems.push('its quiet hours cover all of between, so it would never be sent');
  }
  return problems;
}

function conflicts(rule: AlertRule, before: readonly AlertRule[]): string[] {
  if (before.some(({ name }) => name === rule.name)) return [`rule ${rule.name}: there are two of that name`];
  const { name: _name, cooldownMinutes: _cooldown, ...meaning } = rule;
  const twin = before.find(({ name: _other, cooldownMinutes: _its, ...other }) =>
    isDeepStrictEqual(other, meaning),
  );
  return twin === undefined
    ? []
    : [`rule ${rule.name}: says the same as rule ${twin.name}; keep one of them`];
}

/** What a rule asks for, as a digest: rules of one name and meaning may go on where the other was left. */
export function meaningOf({ cooldownMinutes: _cooldown, ...meaning }: AlertRule): string {
  return createHash('sha256').update(JSON.stringify(meaning)).digest('base64url');
}

function isEmpty(hours: Hours): boolean {
  return lengthMs(hours) === 0;
}
