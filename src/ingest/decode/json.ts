import { closestWord, parseJson } from '../../shared/text.js';
import { ASCII } from './byte-reader.js';
import { type RejectedMessage, reject } from './outcome.js';

export type JsonRecord = Readonly<Record<string, unknown>>;

/** Longest name of a session that is kept, characters. */
const MAX_SESSION_CHARACTERS = 128;

/** Numbers as apps write them into strings; longer text is not a number anybody measured. */
const NUMERIC_TEXT = /^-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?$/;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** What a payload parsed to, or why it did not. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | RejectedMessage;

/** Nothing that apps send is nested deeper. */
const MAX_DEPTH = 32;
/**
 * Four of each of half a million samples, more than 10 MB hold of times and values that a sensor gives. What is beyond is as long to
 * work through and holds up everybody.
 */
export const MAX_NUMBERS = 2_000_000;
/** Smaller payloads cannot hold enough to hold others up. */
const LARGE_BYTES = 65_536;

/**
 * Parses a payload that must be a JSON object.
 *
 * @param maxNames members that all its objects may have together
 */
export function parseRecord(payload: Uint8Array, maxNames?: number): Parsed<JsonRecord> {
  const parsed = parseJsonPayload(payload, maxNames);
  if (!parsed.ok) return parsed;
  if (isRecord(parsed.value)) return { ok: true, value: parsed.value };
  return reject('wrong-shape', `expected a JSON object, got ${describe(parsed.value)}`);
}

/** Parses a payload that must be JSON, whatever it holds; objects within objects cost far more than the samples of as many bytes. */
export function parseJsonPayload(payload: Uint8Array, maxNames = Number.POSITIVE_INFINITY): Parsed<unknown> {
  const problem = payload.byteLength < LARGE_BYTES ? undefined : shapeProblem(payload, maxNames);
  if (problem !== undefined) return reject('wrong-shape', problem);
  try {
    return { ok: true, value: parseJson(payload) };
  } catch {
    return reject('not-json', `the payload of ${payload.byteLength} bytes is not JSON in UTF-8`);
  }
}

/** What keeps a large payload from being parsed, told by its brackets, colons and commas alone. */
function shapeProblem(payload: Uint8Array, maxNames: number): string | undefined {
  let depth = 0;
  let names = 0;
  let commas = 0;
  let isInText = false;
  for (let index = 0; index < payload.length; index++) {
    const byte = payload[index];
    if (isInText) {
      if (byte === ASCII.backslash) index += 1;
      else if (byte === ASCII.quote) isInText = false;
    } else if (byte === ASCII.quote) isInText = true;
    else if (byte === ASCII.comma) commas += 1;
    else if (byte === ASCII.colon) names += 1;
    else if (byte === ASCII.openBrace || byte === ASCII.openBracket) depth += 1;
    else if (byte === ASCII.closeBrace || byte === ASCII.closeBracket) depth -= 1;
    if (depth > MAX_DEPTH) return `the payload is nested more than ${MAX_DEPTH} deep`;
    if (names > maxNames) return `the payload has more than ${maxNames} members in its objects`;
    if (commas > MAX_NUMBERS)
      return `the payload has more than ${MAX_NUMBERS} values; send it in several messages`;
  }
  return undefined;
}

/** A number, or a string that holds one; NaN for anything else. */
export function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && NUMERIC_TEXT.test(value) ? Number(value) : Number.NaN;
}

/** A finite number; `undefined` for anything else. */
export function toFinite(value: unknown): number | undefined {
  const number = toNumber(value);
  return Number.isFinite(number) ? number : undefined;
}

/** A message's number within its session; `undefined` unless it is a whole number from 0. */
export function toSequence(value: unknown): number | undefined {
  const sequence = toNumber(value);
  return Number.isSafeInteger(sequence) && sequence >= 0 ? sequence : undefined;
}

/** The name of a session; `undefined` unless it is a string of sensible length. */
export function toSession(value: unknown): string | undefined {
  const isName = typeof value === 'string' && value.length > 0 && value.length <= MAX_SESSION_CHARACTERS;
  return isName ? value : undefined;
}

/** Words about a member that is none of `known`; `undefined` when there is none. */
export function unknownMember(record: JsonRecord, known: readonly string[]): string | undefined {
  const name = Object.keys(record).find((key) => !known.includes(key));
  return name === undefined ? undefined : `there is no ${readable(name)} here, but ${known.join(', ')}`;
}

/**
 * Words about a member that is an optional one but for a letter: what it says would be passed over without a word. Members of
 * any other name belong to the sender; `undefined` when all are such.
 */
export function misspeltMember(record: JsonRecord, optional: readonly string[]): string | undefined {
  const missing = optional.filter((name) => record[name] === undefined);
  for (const name of Object.keys(record)) {
    const meant = optional.includes(name) ? undefined : closestWord(name, missing, 1);
    if (meant !== undefined) return `there is no ${readable(name)}; did you mean ${meant}?`;
  }
  return undefined;
}

/** What a value is, for messages to people. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) || ArrayBuffer.isView(value) ? 'an array' : `a value of type ${typeof value}`;
}

/** Different names remembered of one message, and characters of each: names come from outside. */
const MAX_NAMES = 32;
const MAX_CHARACTERS = 40;
const OTHERS = 'others';

const UNUSUAL_CHARACTERS = /[^\w .:/-]/g;

/** A name that somebody sent, fit for logs and messages. */
function readable(name: string): string {
  return name.slice(0, MAX_CHARACTERS).replace(UNUSUAL_CHARACTERS, '?') || '?';
}

/** Counts, by name, the samples of sensors that nobody uses. */
export class IgnoredSensors {
  readonly #counts = new Map<string, number>();

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  note(name: string, samples = 1): void {
    const clean = readable(name);
    const key = this.#counts.has(clean) || this.#counts.size < MAX_NAMES ? clean : OTHERS;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + samples);
  }
}

export const NANOSECONDS_PER_MS = 1e6;
export const MS_PER_SECOND = 1000;
export const RADIANS_PER_DEGREE = Math.PI / 180;
