import { AccessControl } from '../../src/access/access-control.js';
import { type AccessRecords, NO_RECORDS } from '../../src/access/access-file.js';
import type { Exposure } from '../../src/access/binding.js';
import { createDevice, createTokenRecord } from '../../src/access/manage-records.js';
import type { Scope } from '../../src/access/principal.js';
import { deviceId } from './make-results.js';

export const ACCESS_NOW_MS = Date.UTC(2026, 0, 31, 12);

export interface MadeAccess {
  readonly records: AccessRecords;
  /** By name of the device. */
  readonly passwords: Readonly<Record<string, string>>;
  /** By name of the token; the names are the scopes. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** Credentials of two devices, and a token a scope, with the secrets that nobody else knows. */
export async function makeRecords(names: readonly string[] = ['anna', 'ben']): Promise<MadeAccess> {
  const devices = await Promise.all(names.map((name) => createDevice(deviceId(name), ACCESS_NOW_MS)));
  const scopes: readonly Scope[] = ['read', 'ingest', 'admin'];
  const tokens = scopes.map((scope) =>
    createTokenRecord({ name: scope, scopes: [scope], expiresAtMs: undefined }, ACCESS_NOW_MS),
  );
  return {
    records: { devices: devices.map(({ record }) => record), tokens: tokens.map(({ record }) => record) },
    passwords: Object.fromEntries(devices.map(({ record, password }) => [record.name, password])),
    tokens: Object.fromEntries(tokens.map(({ record, text }) => [record.name, text])),
  };
}

export interface TestAccess {
  readonly control: AccessControl;
  /** Moves its clock. */
  setNow(nowMs: number): void;
}

/** Access control over records in memory with a clock of its own. */
export function makeAccess(
  records: AccessRecords = NO_RECORDS,
  exposed: Exposure = { http: false, mqtt: false },
): TestAccess {
  let nowMs = ACCESS_NOW_MS;
  return {
    control: new AccessControl({ clock: { nowMs: () => nowMs }, exposed }, records),
    setNow: (value) => {
      nowMs = value;
    },
  };
}
