import { z } from 'zod';
import { alertRuleSchema, hoursSchema, timeZoneSchema } from '../notify/alerts/rule-schema.js';

export const alerts = z
  .strictObject({
    timeZone: timeZoneSchema.optional().describe('Of the hours in rules; by default that of this machine'),
    quietHours: hoursSchema
      .optional()
      .describe('When nothing is said, for rules that have none of their own'),
    rules: z.array(alertRuleSchema).max(1000).default([]),
  })
  .prefault({})
  .describe('When people are to be alerted; more rules are made by POST /v1/alert-rules');
