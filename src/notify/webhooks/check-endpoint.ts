import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { DEVICE_ID_RULE, parseDeviceId } from '../../domain/ids.js';
import { GatewayError } from '../../shared/errors.js';
import type { AddressGuard } from './address-guard.js';
import { refusalOfLiteral } from './send.js';

const PREFIX = 'whsec_';
const MADE_BYTES = 32;
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/** What a secret looks like, for messages. */
const SECRET_RULE = `${PREFIX} and ${MIN_BYTES} to ${MAX_BYTES} random bytes in base64`;

/** A new secret for signing, as Standard Webhooks writes it. */
export function makeSecret(): string {
  return `${PREFIX}${randomBytes(MADE_BYTES).toString('base64')}`;
}

/** Whether a text is a secret by {@link SECRET_RULE}. */
export function isSecret(text: string): boolean {
  if (!text.startsWith(PREFIX)) return false;
  const base64 = text.slice(PREFIX.length);
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 && bytes.length >= MIN_BYTES && bytes.length <= MAX_BYTES;
}

const MAX_URL_CHARACTERS = 2000;

/**
 * Looks at a URL before anything is sent there. What its name stands for is looked at again at every connection; here it
 * is for the person who types it.
 *
 * @returns the URL in its normal form
 * @throws GatewayError `INPUT_REFUSED` with what is wrong and what to do
 */
export async function checkUrl(text: string, guard: AddressGuard): Promise<string> {
  if (!URL.canParse(text) || text.length > MAX_URL_CHARACTERS) throw refused('url', 'it is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refused('url', `it must begin with https://, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refused('url', 'it must hold no user name or password; the receiver checks the signature instead');
  }
  if (url.protocol === 'http:' && !guard.allowsSomePrivate) {
    throw refused(
      'url',
      'it must begin with https://; plain http is for addresses that webhooks.allowNetworks names',
    );
  }
  const refusal = refusalOfLiteral(url, guard) ?? (await refusalOfName(url, guard));
  if (refusal !== undefined) throw refused('url', refusal);
  return url.href;
}

/** @throws GatewayError `INPUT_REFUSED` */
export function checkSecret(secret: string): void {
  if (!isSecret(secret)) throw refused('secret', `it must be ${SECRET_RULE}`);
}

/** @throws GatewayError `INPUT_REFUSED` */
export function checkDevices(devices: readonly string[]): void {
  const wrong = devices.find((device) => parseDeviceId(device) === undefined);
  if (wrong !== undefined) throw refused('devices', `a device name has ${DEVICE_ID_RULE}`);
  if (devices.length === 0) throw refused('devices', 'name at least one, or leave it out for all');
}

function refused(field: string, words: string): GatewayError {
  return new GatewayError('INPUT_REFUSED', `${field}: ${words}`);
}

/** A name that cannot be looked up at the moment may be fine later. */
async function refusalOfName(url: URL, guard: AddressGuard): Promise<string | undefined> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0) return undefined;
  const addresses = await lookup(host, { all: true }).catch(() => []);
  const refusals = addresses.flatMap(
    ({ address }) => guard.refusal(address, url.protocol === 'https:') ?? [],
  );
  return refusals[0] === undefined
    ? undefined
    : `${host} stands for an address nothing is sent to: ${refusals[0]}`;
}
