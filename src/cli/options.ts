import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ParsedAddress, takeCredentials } from '../config/url-credentials.js';
import { epochUnitOf, wrongEpochUnit } from '../domain/epoch-time.js';
import { GatewayError } from '../shared/errors.js';

/** Reads an option that must be a number in a range. */
export function numberBetween(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= lowest && value <= highest)) {
      throw new InvalidArgumentError(`must be a number from ${lowest} to ${highest}.`);
    }
    return value;
  };
}

/** Reads an option that must be a whole number in a range. */
export function wholeNumberBetween(lowest: number, highest: number): (text: string) => number {
  const read = numberBetween(lowest, highest);
  return (text) => {
    const value = read(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('must be a whole number.');
    return value;
  };
}

/** Reads a point in time from 2000 to 2099: epoch milliseconds or ISO 8601. */
export function epochMs(text: string): number {
  const timeMs = /^[+-]?\d+(\.\d+)?(e\d+)?$/i.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(timeMs)) throw new InvalidArgumentError('must be epoch milliseconds or an ISO 8601 time.');
  if (epochUnitOf(timeMs) === 'milliseconds') return timeMs;
  throw new InvalidArgumentError(`${wrongEpochUnit(timeMs) ?? 'must lie in the years 2000 to 2099'}.`);
}

/** What `--config` and `--set` gave. */
export interface ConfigFlags {
  readonly config: string | undefined;
  readonly set: readonly string[];
}

/** Adds the options by which a command finds its configuration. */
export function addConfigOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration file, YAML or JSON')
    .option('--set <section.key=value>', 'a single setting; may be repeated', collect, []);
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

const UNITS_MS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Reads a length of time such as `30d`; milliseconds. */
export function durationMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? 0);
  if (ms > 0) return ms;
  throw new InvalidArgumentError('must be a number with m, h, d or w, for example 30d.');
}

/** `--dir` of every command about models in a folder. */
export function modelsFolderOption(): Option {
  return new Option('--dir <folder>', 'folder of model folders').default('models');
}

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
