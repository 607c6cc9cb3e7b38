import { wrongEpochUnit } from '../../domain/epoch-time.js';
import type { LabelEvent } from '../../domain/message.js';
import { describe, type JsonRecord, parseRecord, toNumber, unknownMember } from './json.js';
import { type AddressedMessage, accept, type DecodeOutcome, reject } from './outcome.js';

const MEMBERS = ['fromMs', 'toMs', 'atMs', 'activity', 'accompanied', 'conversation', 'with'];
const MAX_ACTIVITY_CHARACTERS = 64;
const MAX_NAMES = 32;
const MAX_NAME_CHARACTERS = 128;
/** A label of a time before this comes from a clock that was never set. */
const EARLIEST_MS = Date.UTC(2000, 0);
const DAY_MS = 86_400_000;
/** What people plan, and clocks that are ahead. */
const MAX_AHEAD_MS = DAY_MS;
const MAX_SPAN_MS = 31 * DAY_MS;

/**
 * Decodes what a person says is true of the wearer:
 * `{"fromMs": 1698501144401, "toMs": 1698501204401, "activity": "walking", "accompanied": true, "conversation": null}`.
 *
 * Times are epoch milliseconds. `atMs` in their place, or nothing at all (then: on arrival), means "from then on, until I
 * say otherwise". At least one of `activity`, `accompanied`, `conversation`, `with` must be given; `null` takes a label back.
 * No other members: one that is misspelt would change what is said.
 * `with` names the people who were there, `[]` for nobody else: `alongside train company` learns from it.
 */
export function decodeLabels(raw: AddressedMessage): DecodeOutcome {
  const parsed = parseRecord(raw.payload);
  if (!parsed.ok) return parsed;
  const unknown = unknownMember(parsed.value, MEMBERS);
  if (unknown !== undefined) return reject('wrong-shape', unknown);
  const span = spanOf(parsed.value, raw.receivedAtMs);
  if (span === undefined) {
    return reject(
      'wrong-shape',
      'a label needs fromMs and a later toMs, or atMs alone, in epoch milliseconds',
    );
  }
  for (const name of ['fromMs', 'toMs', 'atMs']) {
    const wrongUnit = wrongEpochUnit(toNumber(parsed.value[name]));
    if (wrongUnit !== undefined) return reject('wrong-shape', `${name} ${wrongUnit}`);
  }
  const odd = oddTimeIn(span, raw.receivedAtMs);
  if (odd !== undefined) return reject('wrong-shape', odd);
  const said = saidIn(parsed.value);
  if (typeof said === 'string') return reject('wrong-shape', said);
  return accept(raw.device, { labels: [{ device: raw.device, ...span, ...said }] });
}

function spanOf(
  { fromMs, toMs, atMs }: JsonRecord,
  receivedAtMs: number,
): Pick<LabelEvent, 'fromMs' | 'toMs'> | undefined {
  const hasSpan = fromMs !== undefined || toMs !== undefined;
  if (hasSpan && atMs !== undefined) return undefined;
  if (!hasSpan) {
    const from = atMs === undefined ? receivedAtMs : toNumber(atMs);
    return Number.isFinite(from) ? { fromMs: from, toMs: undefined } : undefined;
  }
  const [from, to] = [toNumber(fromMs), toNumber(toMs)];
  return Number.isFinite(to - from) && from < to ? { fromMs: from, toMs: to } : undefined;
}

/** What is wrong with the times of a label, in words; `undefined` when nothing is. */
function oddTimeIn(
  { fromMs, toMs = fromMs }: Pick<LabelEvent, 'fromMs' | 'toMs'>,
  receivedAtMs: number,
): string | undefined {
  if (fromMs < EARLIEST_MS) return 'fromMs or atMs is before the year 2000; it must be in epoch milliseconds';
  if (toMs > receivedAtMs + MAX_AHEAD_MS) {
    return 'fromMs, toMs or atMs is more than a day ahead of the gateway’s clock; it must be in epoch milliseconds';
  }
  return toMs - fromMs > MAX_SPAN_MS ? 'a label may span 31 days at most; send several' : undefined;
}

/** What a label says; a text says what is wrong with it. */
function saidIn({
  activity,
  accompanied,
  conversation,
  with: others,
}: JsonRecord): Pick<LabelEvent, 'activity' | 'accompanied' | 'conversation' | 'with'> | string {
  if ([activity, accompanied, conversation, others].every((word) => word === undefined)) {
    return 'a label needs activity (text), accompanied or conversation (true, false or null), or with (a list of names)';
  }
  if (!isOptionalText(activity)) {
    return `activity must be a text of 1 to ${MAX_ACTIVITY_CHARACTERS} characters or null, got ${describe(activity)}`;
  }
  if (!isOptionalFlag(accompanied)) return flagWords('accompanied', accompanied);
  if (!isOptionalFlag(conversation)) return flagWords('conversation', conversation);
  if (!isOptionalNames(others)) {
    return `with must be a list of at most ${MAX_NAMES} names of 1 to ${MAX_NAME_CHARACTERS} characters or null, got ${describe(others)}`;
  }
  return {
    activity: activity ?? null,
    accompanied: accompanied ?? null,
    conversation: conversation ?? null,
    ...(others === undefined ? {} : { with: others }),
  };
}

function flagWords(name: string, value: unknown): string {
  return `${name} must be true, false or null, got ${describe(value)}`;
}

function isOptionalText(value: unknown): value is string | null | undefined {
  return (
    value === undefined ||
    value === null ||
    (typeof value === 'string' && value.length > 0 && value.length <= MAX_ACTIVITY_CHARACTERS)
  );
}

function isOptionalFlag(value: unknown): value is boolean | null | undefined {
  return value === undefined || value === null || typeof value === 'boolean';
}

function isOptionalNames(value: unknown): value is string[] | null | undefined {
  if (value === undefined || value === null) return true;
  const isName = (name: unknown): boolean =>
    typeof name === 'string' && name.length > 0 && name.length <= MAX_NAME_CHARACTERS;
  return Array.isArray(value) && value.length <= MAX_NAMES && value.every(isName);
}
