import { z } from 'zod';
import { DEVICE_ID_RULE, parseDeviceId } from '../../domain/ids.js';
import { isStatusOf, STATUSES } from '../../domain/status.js';

const MAX_MINUTES = 44_640;
const minutes = (fallback: number, what: string) =>
  z.number().min(0).max(MAX_MINUTES).default(fallback).describe(`${what}, minutes`);

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 08:00');

/** Part of every day; from after to means over midnight. */
export const hoursSchema = z.strictObject({ from: timeOfDay, to: timeOfDay });

export const timeZoneSchema = z
  .string()
  .refine(isTimeZone, 'must be a time zone such as Europe/Berlin')
  .describe('IANA name');

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

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
export type Hours = z.infer<typeof hoursSchema>;
export type Weekday = (typeof WEEKDAYS)[number];

/** Of other targets the models know. */
function canBe({ target, is }: { readonly target: string; readonly is: readonly string[] }): boolean {
  return is.every((status) => isStatusOf(target, status));
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
