import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type DeviceId, parseDeviceId } from '../../domain/ids.js';
import { GatewayError, isMissing, messageOf } from '../../shared/errors.js';
import { writeAtomically } from '../../shared/write-atomically.js';
import { alertRuleSchema } from './rule-schema.js';

const watchSchema = z.object({
  run: z.object({ sinceMs: z.number(), doubtSinceMs: z.number().optional() }).optional(),
  open: z.object({ sinceMs: z.number(), raisedAtMs: z.number() }).optional(),
  clearedAtMs: z.number().optional(),
  seenMs: z.number().optional(),
});

const openAlertSchema = z.object({
  id: z.string(),
  rule: z.string(),
  device: z.custom<DeviceId>((value) => typeof value === 'string' && parseDeviceId(value) !== undefined),
  text: z.string(),
  sinceMs: z.number(),
  raisedAtMs: z.number(),
});

const stateSchema = z.object({
  version: z.literal(1),
  /** By rule, then by device. */
  watches: z.record(z.string(), z.record(z.string(), watchSchema)),
  /** By rule, see {@link meaningOf}: what a rule has seen means nothing to another of the same name. */
  meanings: z.record(z.string(), z.string()).default({}),
  /** Alerts that are raised, to be cleared also when their rule is gone. */
  open: z.array(openAlertSchema).default([]),
  /** Devices that were online, with when they were heard last, epoch milliseconds. */
  online: z.record(z.string(), z.number()),
});

/** What outlives the process of alerts. */
export type AlertState = Readonly<z.infer<typeof stateSchema>>;

const rulesSchema = z.object({ version: z.literal(1), rules: z.array(alertRuleSchema) });

export const NO_ALERTS: AlertState = { version: 1, watches: {}, meanings: {}, open: [], online: {} };

/** @throws GatewayError `CONFIG_INVALID` when a file is there that is none of these */
export const readAlertState = (path: string): Promise<AlertState> => readJson(path, stateSchema, NO_ALERTS);

/** Where rules made by API lie. */
export function rulesPath(dataDir: string): string {
  return join(dataDir, 'alerts', 'rules.json');
}

/** Rules made by API. */
export const readRules = (path: string): Promise<z.infer<typeof rulesSchema>> =>
  readJson(path, rulesSchema, { version: 1, rules: [] });

/** @throws GatewayError `DISK_UNAVAILABLE` (retryable) when it cannot be written */
export async function writeJson(
  path: string,
  content: AlertState | z.infer<typeof rulesSchema>,
): Promise<void> {
  await writeAtomically(path, `${JSON.stringify(content)}\n`);
}

async function readJson<T>(path: string, schema: z.ZodType<T>, none: T): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isMissing(error)) return none;
    throw new GatewayError(
      'CONFIG_INVALID',
      `${path} cannot be read: ${messageOf(error)}; restore it from a backup, or remove it`,
      { cause: error },
    );
  }
}
