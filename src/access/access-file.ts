import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DEVICE_ID_RULE, type DeviceId, parseDeviceId } from '../domain/ids.js';
import { GatewayError, isMissing, messageOf, systemWords } from '../shared/errors.js';
import { makeFolder, PRIVATE_FOLDER, writeAtomically } from '../shared/files.js';
import { tryLock } from '../shared/lock.js';
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
const accessRecordsSchema = z.strictObject({
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

const LOCK_RETRY_MS = 50;
const LOCK_PATIENCE_MS = 5000;

/** The file of credentials in a data folder. */
export function accessFile(dataDir: string): string {
  return join(dataDir, 'access.json');
}

/**
 * Reads all credentials; none where there is no file.
 *
 * @throws GatewayError `CONFIG_INVALID` when the file cannot be read or is not one of credentials
 */
export async function readAccessFile(path: string): Promise<AccessRecords> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw invalid(path, `cannot be read: ${messageOf(error)}`, error);
  });
  if (text === undefined) return NO_RECORDS;
  return parseRecords(path, text);
}

/**
 * Changes the file of credentials as a whole or not at all. Commands that change it at once wait for one another.
 *
 * @throws GatewayError `CONFIG_INVALID` when the file cannot be read; `DISK_UNAVAILABLE` (retryable) when it cannot be written
 */
export async function changeAccessFile(
  path: string,
  change: (records: AccessRecords) => AccessRecords | Promise<AccessRecords>,
): Promise<void> {
  await makeFolder(dirname(path), PRIVATE_FOLDER);
  await using _ = await lock(`${path}.lock`);
  const changed = await change(await readAccessFile(path));
  await writeAtomically(path, `${JSON.stringify({ version: 1, ...changed }, undefined, 2)}\n`);
}

async function lock(path: string): Promise<AsyncDisposable> {
  for (let waitedMs = 0; waitedMs < LOCK_PATIENCE_MS; waitedMs += LOCK_RETRY_MS) {
    const held = await tryLock(path).catch((error: unknown) => {
      const words = `${path} cannot be written: ${systemWords(error) ?? messageOf(error)}`;
      throw new GatewayError('DISK_UNAVAILABLE', words, { retryable: true, cause: error });
    });
    if (held !== undefined) return held;
    await sleep(LOCK_RETRY_MS);
  }
  throw invalid(path, 'is held by another command; try again when that has ended', undefined);
}

function parseRecords(path: string, text: string): AccessRecords {
  try {
    const { devices, tokens } = accessRecordsSchema.parse(JSON.parse(text));
    return { devices, tokens };
  } catch (error) {
    // The parser's own message would quote the file.
    const words = error instanceof z.ZodError ? z.prettifyError(error) : 'it is not JSON';
    throw invalid(path, `is not a file of credentials: ${words}; restore it from a backup`, undefined);
  }
}

function invalid(path: string, words: string, cause: unknown): GatewayError {
  return new GatewayError('CONFIG_INVALID', `${path} ${words}`, { cause });
}
