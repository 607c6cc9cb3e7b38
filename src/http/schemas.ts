import { z } from 'zod';
import { DEVICE_ID_RULE, type DeviceId, parseDeviceId } from '../domain/ids.js';
import { STATED_PLACEMENTS } from '../domain/samples.js';
import { UNKNOWN_CODES } from '../domain/status.js';

const timeMsSchema = z.number().describe('Epoch milliseconds');
const countSchema = z.int().nonnegative();
const statusSchema = z
  .string()
  .describe('`yes`, `no` or `unknown`; of a target with more than two classes a class or `unknown`');
const confidenceSchema = z.number().describe('0 to 1');

/** Checks all but the body, for routes whose body is described only: it is read where it is decoded. */
export function checkAllButBody({
  schema,
  httpPart,
}: {
  readonly schema: unknown;
  readonly httpPart?: string;
}) {
  if (httpPart === 'body' || !(schema instanceof z.ZodType)) return (value: unknown) => ({ value });
  return (value: unknown) => {
    const result = schema.safeParse(value);
    return result.success ? { value: result.data } : { error: result.error };
  };
}

/** A device's name in a path. */
export const deviceParamsSchema = z.object({
  id: z.string().transform((text, context): DeviceId => {
    const device = parseDeviceId(text);
    if (device !== undefined) return device;
    context.addIssue({ code: 'custom', message: `not a device name; it has ${DEVICE_ID_RULE}` });
    return z.NEVER;
  }),
});

/** The query parameter that names a target. */
export const targetParameter = z.string({ error: 'name a target, for example accompanied' }).min(1).max(64);

/** Why nothing is known of a target. */
export const reasonSchema = z
  .object({
    code: z.string().describe(`One of ${UNKNOWN_CODES.join(', ')}; more may be added`),
    text: z.string().describe('What is so, and what to do about it'),
    sensors: z.array(z.string()).optional().describe('Of missing-sensor: what the device does not send'),
  })
  .meta({ id: 'UnknownReason' });

/** Where a device is worn, as far as somebody has said. */
export const placementSchema = z
  .enum([...STATED_PLACEMENTS, 'assumed'])
  .describe(
    'Where it is worn; any: now here, now there. assumed: nobody has said, and models speak as if it were worn where they need it',
  );

export const deviceSchema = z
  .object({
    id: z.string(),
    online: z.boolean(),
    lastSeenMs: timeMsSchema
      .nullable()
      .describe('When it sent last, by the gateway’s clock; null: not known'),
    statuses: z.array(
      z.object({
        target: z.string(),
        status: statusSchema,
        confidence: confidenceSchema,
        sinceMs: timeMsSchema,
        reason: reasonSchema.optional().describe('Of unknown: why nothing is known'),
        simulated: z.boolean().optional().describe('true: the answer of a model made on simulated people'),
        placement: z
          .literal('assumed')
          .optional()
          .describe('assumed: the model is for one place, and nobody has said that the device is worn there'),
      }),
    ),
    sensors: z.array(z.object({ sensor: z.string(), samples: countSchema, rateHz: z.number() })),
    delivery: z
      .object({
        messages: countSchema,
        missing: countSchema,
        duplicates: countSchema,
        reordered: countSchema,
      })
      .describe('Counted from message numbers, since the gateway started'),
    samples: z.record(z.string(), countSchema).describe('What became of the samples, by fate'),
    clock: z
      .object({
        kind: z.enum(['epoch', 'boot', 'experiment']),
        offsetMs: z.number().describe('Gateway time minus device time'),
        driftPpm: z.number(),
      })
      .nullable(),
    placement: placementSchema,
    platform: z
      .object({ name: z.enum(['ios', 'android']), from: z.enum(['declared', 'detected', 'assumed']) })
      .nullable(),
  })
  .meta({ id: 'Device' });

export const devicesAnswerSchema = z
  .object({
    devices: z.array(deviceSchema).describe('In alphabetical order'),
    complete: z
      .boolean()
      .describe('false: the store does not answer, devices not seen since the start are missing'),
  })
  .meta({ id: 'Devices' });

export const timelineAnswerSchema = z
  .object({
    device: z.string(),
    target: z.string(),
    intervals: z
      .array(
        z.object({
          fromMs: timeMsSchema,
          toMs: timeMsSchema.describe('Not included'),
          status: statusSchema,
          confidence: confidenceSchema,
          reason: reasonSchema.optional().describe('Of unknown, where it is known: why'),
          label: z.string().optional().describe('Of the target apparel: what the camera saw'),
          labels: z
            .array(z.string())
            .optional()
            .describe('Of the target apparel: all that the people seen wear, the most probable first'),
        }),
      )
      .describe('Oldest first'),
    reason: reasonSchema.optional().describe('Where nothing is known now: why'),
  })
  .meta({ id: 'Timeline' });

const durationSchema = z.number().describe('Milliseconds');

export const daysAnswerSchema = z
  .object({
    device: z.string(),
    target: z.string(),
    timeZone: z.string(),
    days: z
      .array(
        z.object({
          day: z.string().describe('YYYY-MM-DD'),
          fromMs: timeMsSchema.describe('Where what is known of the day begins'),
          yesMs: durationSchema,
          noMs: durationSchema,
          unknownMs: durationSchema,
          classesMs: z
            .record(z.string(), durationSchema)
            .optional()
            .describe('Of a target with more than two classes: by class'),
        }),
      )
      .describe('Oldest first; days of which nothing is known are left out'),
  })
  .meta({ id: 'Days' });

export const windowSchema = z
  .object({
    startMs: timeMsSchema,
    endMs: timeMsSchema.describe('Not included'),
    model: z.string(),
    coverage: z.number().describe('Share of rows and sensors that had a sample, 0 to 1'),
    meanDeltaMs: z.number().describe('Mean distance between a row and the sample taken for it'),
    maxDeltaMs: z.number(),
    probabilities: z
      .record(z.string(), z.number())
      .describe(
        'By target: probability of its positive class; `<target>.<class>` where it has more than two',
      ),
  })
  .meta({ id: 'Window' });

export const windowsAnswerSchema = z
  .object({
    device: z.string(),
    windows: z.array(windowSchema).describe('Windows that end in the range, oldest first'),
    truncated: z.boolean().describe('true: the range holds more; go on from the last endMs'),
  })
  .meta({ id: 'Windows' });

export const probabilitiesAnswerSchema = z
  .object({
    device: z.string(),
    sampled: z.boolean().describe('true: of a long range each point is the mean of some windows of its slot'),
    points: z
      .array(
        z.object({
          fromMs: timeMsSchema,
          toMs: timeMsSchema.describe('Not included'),
          windows: countSchema.describe('Windows the means are over'),
          coverage: z.number().describe('0 to 1'),
          probabilities: z.record(z.string(), z.number()).describe('Means, named as in windows'),
        }),
      )
      .describe('Oldest first; slots without windows are left out'),
  })
  .meta({ id: 'Probabilities' });

export const forgetAnswerSchema = z
  .object({
    device: z.string(),
    removed: z.boolean().describe('Nothing of the device was found any more after the removal'),
    parts: z
      .array(z.object({ name: z.string(), removed: z.boolean(), detail: z.string() }))
      .describe('What was checked; `detail` says why something is left'),
  })
  .meta({ id: 'Forgotten' });

export const ledgerAnswerSchema = z
  .object({
    balanced: z.boolean(),
    messages: z.object({
      received: countSchema,
      accepted: countSchema,
      rejected: z.record(z.string(), countSchema).describe('By reason'),
    }),
    samples: z.record(z.string(), countSchema).describe('`accepted`, and how many had which fate'),
    windows: z.object({
      due: countSchema,
      stored: countSchema,
      skipped: z.record(z.string(), countSchema).describe('By reason'),
      pending: countSchema,
    }),
    frames: z
      .object({
        received: countSchema,
        classified: countSchema,
        rejected: z.record(z.string(), countSchema).describe('By reason'),
        pending: countSchema,
      })
      .describe('Pictures of devices'),
    ignoredSensors: z
      .record(z.string(), countSchema)
      .describe('Samples of sensors that no model uses, by name'),
  })
  .meta({ id: 'Ledger' });

export const healthAnswerSchema = z
  .object({
    ready: z.boolean(),
    parts: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  })
  .meta({ id: 'Health' });
