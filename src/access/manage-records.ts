import type { DeviceId } from '../domain/ids.js';
import { GatewayError } from '../shared/errors.js';
import type { AccessRecords, DeviceRecord, TokenRecord } from './access-file.js';
import { hashForMosquitto } from './mosquitto.js';
import { createPassword, createToken, hashPassword, hashToken } from './passwords.js';
import type { Scope } from './principal.js';

/** What is told once and kept nowhere. */
export interface NewDevice {
  readonly record: DeviceRecord;
  readonly password: string;
}

export interface NewToken {
  readonly record: TokenRecord;
  /** The token itself. */
  readonly text: string;
}

export interface TokenWish {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Epoch milliseconds; `undefined`: never. */
  readonly expiresAtMs: number | undefined;
}

/** Makes a device's credentials. */
export async function createDevice(name: DeviceId, nowMs: number): Promise<NewDevice> {
  const password = createPassword();
  const [hash, mosquitto] = await Promise.all([hashPassword(password), hashForMosquitto(password)]);
  return { record: { name, createdAtMs: nowMs, password: hash, mosquitto }, password };
}

export function createTokenRecord({ name, scopes, expiresAtMs }: TokenWish, nowMs: number): NewToken {
  const { id, text } = createToken();
  const sha256 = hashToken(text).toString('base64');
  const record: TokenRecord = {
    id,
    name,
    scopes: [...new Set(scopes)],
    sha256,
    createdAtMs: nowMs,
    expiresAtMs: expiresAtMs ?? null,
  };
  return { record, text };
}

/** @throws GatewayError `USAGE` when there is such a device and it is not to be replaced */
export function withDevice(records: AccessRecords, device: DeviceRecord, replace: boolean): AccessRecords {
  const others = records.devices.filter(({ name }) => name !== device.name);
  if (!replace && others.length < records.devices.length) {
    throw new GatewayError('USAGE', `${device.name} has credentials already; --replace gives it new ones`);
  }
  return { ...records, devices: [...others, device].sort(byName) };
}

/** @throws GatewayError `NOT_FOUND` */
export function withoutDevice(records: AccessRecords, device: string): AccessRecords {
  const devices = records.devices.filter(({ name }) => name !== device);
  if (devices.length === records.devices.length) {
    throw new GatewayError('NOT_FOUND', `there are no credentials of a device ${JSON.stringify(device)}`);
  }
  return { ...records, devices };
}

/** @throws GatewayError `USAGE` when there is a token of that name */
export function withToken(records: AccessRecords, token: TokenRecord): AccessRecords {
  if (records.tokens.some(({ name }) => name === token.name)) {
    throw new GatewayError(
      'USAGE',
      `there is a token ${JSON.stringify(token.name)} already; revoke it first`,
    );
  }
  return { ...records, tokens: [...records.tokens, token].sort(byName) };
}

/**
 * @param nameOrId of the token
 * @throws GatewayError `NOT_FOUND`
 */
export function withoutToken(records: AccessRecords, nameOrId: string): AccessRecords {
  const tokens = records.tokens.filter(({ name, id }) => name !== nameOrId && id !== nameOrId);
  if (tokens.length === records.tokens.length) {
    throw new GatewayError('NOT_FOUND', `there is no token ${JSON.stringify(nameOrId)}`);
  }
  return { ...records, tokens };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
