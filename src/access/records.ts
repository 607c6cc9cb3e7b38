import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DEVICE_ID_RULE, type DeviceId, parseDeviceId } from '../domain/ids.js';
import { writeAtomically } from '../shared/write-atomically.js';
import { SCOPES } from './principal.js';

/** Names that can be user names: HTTP Basic (RFC 7617) and mosquitto's password file end a user name at a colon. */
export const CREDENTIAL_NAME_RULE = `${DEVICE_ID_RULE}; credentials allow no ":"`;

/** Checks a device's name against {@link CREDENTIAL_NAME_RULE}; `undefined` when it breaks the rule. */
export function parseCredentialName(text: string): DeviceId | undefined {
  return text.includes(':') ? undefined : parseDeviceId(text);
}

const deviceName = z.string().transform((text, context): DeviceId => {
  const device = parseCredentialName(text);
  if (device !== undefined) return device;
  context.addIssue({ code: 'custom', message: `must be ${CREDENTIAL_NAME_RULE}` });
  return z.NEVER;
});

/** A password as scrypt (RFC 7914) left it; costs are kept with it, so that they may change. */
const passwordHashSchema = z.strictObject({
  algorithm: z.literal('scrypt'),
  cost: z
    .int()
    .min(2)
    .max(2 ** 20),
  blockSize: z.int().min(1).max(32),
  parallelization: z.int().min(1).max(16),
  salt: z.base64(),
  hash: z.base64(),
});

export const deviceRecordSchema = z.strictObject({
  name: deviceName,
  createdAtMs: z.number(),
  password: passwordHashSchema,
  /** The same password as mosquitto checks it, for the export. */
  mosquitto: z.string(),
});

export const tokenRecordSchema = z.strictObject({
  /** Public part of the token, by which it is found. */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)).min(1),
  /** Of the whole token, base64. Tokens are 256 random bits: a slow hash would add nothing. */
  sha256: z.base64(),
  createdAtMs: z.number(),
  /** `null`: never. */
  expiresAtMs: z.number().nullable(),
});

/** The file of credentials: no secret is in it, only what secrets can be checked against. */
export const accessRecordsSchema = z.strictObject({
  version: z.literal(1),
  devices: z.array(deviceRecordSchema),
  tokens: z.array(tokenRecordSchema),
});

export type PasswordHash = Readonly<z.infer<typeof passwordHashSchema>>;
export type DeviceRecord = Readonly<z.infer<typeof deviceRecordSchema>>;
export type TokenRecord = Readonly<z.infer<typeof tokenRecordSchema>>;
/** All credentials. */
export interface AccessRecords {
  readonly devices: readonly DeviceRecord[];
  readonly tokens: readonly TokenRecord[];
}

export const NO_RECORDS: AccessRecords = { devices: [], tokens: [] };

/** Epoch milliseconds, to the hour, by `device/NAME` and `token/ID`. */
type LastUsed = ReadonlyMap<string, number>;

const schema = z.record(z.string(), z.number());

/**
 * When credentials were last used. A file of its own, so that the gateway writes this one only and commands the other:
 * neither can undo what the other did.
 */
export function lastUsedFile(dataDir: string): string {
  return join(dataDir, 'access-used.json');
}

/** Empty where there is no such file, or a damaged one: nothing depends on it. */
export async function readLastUsed(path: string): Promise<LastUsed> {
  try {
    return new Map(Object.entries(schema.parse(JSON.parse(await readFile(path, 'utf8')))));
  } catch {
    return new Map();
  }
}

/** Adds to the file, and leaves out what is not there any more. */
export async function writeLastUsed(
  path: string,
  used: LastUsed,
  isThere: (key: string) => boolean,
): Promise<void> {
  const merged = new Map([...(await readLastUsed(path)), ...used]);
  const kept = [...merged].filter(([key]) => isThere(key));
  await writeAtomically(path, `${JSON.stringify(Object.fromEntries(kept))}\n`);
}
