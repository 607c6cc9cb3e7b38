import { InvalidArgumentError } from 'commander';
import { type ParsedAddress, takeCredentials } from '../config/url-credentials.js';
import { GatewayError } from '../shared/errors.js';

/** Reads the URL of a broker; user and password may stand in it. */
export function brokerAddress(text: string): ParsedAddress {
  requireUrl(text, /^(mqtts?|wss?):$/, 'mqtt://localhost:1883 (or mqtts://, ws://, wss://)');
  return takeCredentials('--url', text);
}

/** Reads the URL of a gateway. */
export function gatewayAddress(text: string): string {
  requireUrl(text, /^https?:$/, 'http://localhost:8080 (or https://)');
  return text;
}

/** @throws GatewayError `USAGE` when a part of the login is given in the URL and as an option */
export function withLogin(
  address: ParsedAddress,
  { username, password }: { readonly username?: string; readonly password?: string },
): ParsedAddress {
  if (address.username !== undefined && username !== undefined) throw twice('user', '--username');
  if (address.password !== undefined && password !== undefined) throw twice('password', '--password');
  return {
    ...address,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

function requireUrl(text: string, protocols: RegExp, example: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && protocols.test(url.protocol) && url.hostname !== '') return;
  throw new InvalidArgumentError(`must be a URL like ${example}.`);
}

function twice(part: string, option: string): GatewayError {
  return new GatewayError('USAGE', `a ${part} stands in --url and in ${option}: give one of the two`);
}
