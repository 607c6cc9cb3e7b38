import fc from 'fast-check';
import { MESSAGE_FORMATS, type MessageFormat } from '../../../src/domain/message.js';
import type { GoodPayload } from './fuzz-corpus.js';

/** Something that somebody sends. */
export interface FuzzedPayload {
  readonly format: MessageFormat;
  readonly payload: Buffer;
}

/** Nonsense of every kind: good payloads with wounds, and payloads that were never good. */
export function fuzzedPayloads(corpus: readonly GoodPayload[]): fc.Arbitrary<FuzzedPayload> {
  const good = fc.constantFrom(...corpus);
  const wounded = fc
    .tuple(good, fc.array(wounds(good), { minLength: 1, maxLength: 4 }))
    .map(([{ format, payload }, all]) => ({
      format,
      payload: all.reduce((before, wound) => wound(before), payload).subarray(0, MAX_BYTES),
    }));
  const stray = fc.record({ format: fc.constantFrom(...MESSAGE_FORMATS), payload: strayPayload(good) });
  return fc.oneof({ arbitrary: wounded, weight: 3 }, { arbitrary: stray, weight: 1 });
}

const MAX_BYTES = 64 * 1024;
type Wound = (payload: Buffer) => Buffer;

/** Where, as a share of the whole. */
const place = fc.integer({ min: 0, max: 9999 }).map((number) => number / 10_000);
const at = (payload: Buffer, share: number): number => Math.floor(payload.length * share);

function wounds(good: fc.Arbitrary<GoodPayload>): fc.Arbitrary<Wound> {
  return fc.oneof(
    fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([where, mask]) => flipped(where, mask)),
    place.map(
      (where): Wound =>
        (payload) =>
          payload.subarray(0, at(payload, where)),
    ),
    fc.tuple(place, fc.integer({ min: 1, max: 200 })).map(([where, bytes]) => withoutPart(where, bytes)),
    fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(([where, times]) => repeated(where, times)),
    fc.tuple(place, fc.constantFrom(...TOKENS)).map(([where, token]) => withToken(where, token)),
    fc.tuple(place, place, good).map(([where, from, other]) => spliced(where, from, other.payload)),
    fc.tuple(place, fc.constantFrom(...VALUES)).map(([which, value]) => replaced(NUMBER, which, value)),
    fc.tuple(place, fc.constantFrom(...VALUES)).map(([which, value]) => replaced(STRING, which, value)),
  );
}

/** Never good: bytes, texts, JSON of any shape, JSON with the right names, another format's payload. */
function strayPayload(good: fc.Arbitrary<GoodPayload>): fc.Arbitrary<Buffer> {
  const json = fc.jsonValue({ maxDepth: 4 });
  return fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(text)),
    json.map((value) => Buffer.from(JSON.stringify(value))),
    fc.dictionary(fc.constantFrom(...NAMES), json).map((value) => Buffer.from(JSON.stringify(value))),
    good.map(({ payload }) => payload),
  );
}

const NAMES = [
  ...['messageId', 'sessionId', 'deviceId', 'payload', 'name', 'sensor', 'time', 'values', 'accuracy'],
  ...[
    'session',
    'sequence',
    'sensors',
    'accelerometer',
    'gyroscope',
    'unit',
    'gravity',
    'timeMs',
    'x',
    'y',
    'z',
  ],
  ...['type', 'timestamp', 'accX', 'accY', 'accZ', 'acc_time', 'events', 'acceleration', 'rotationRate'],
  ...['accelerationIncludingGravity', 'interval', 'fromMs', 'toMs', 'activity', 'accompanied', '__proto__'],
];
const TOKENS = [
  ...['null', '1e999', 'NaN', '-', ',', '"', '\\', '\\u0000', '\\ud800', '{', '}', ']', '\n', '\0', '\ufeff'],
  ...['"__proto__":{"x":1},', '"constructor":null,', '[]', '['.repeat(2000), '{"a":'.repeat(2000)],
  ...['9'.repeat(400), '/../../etc/passwd', '\u202e', '<script>'],
];
const VALUES = [
  ...['null', 'true', '[]', '{}', '""', '-1', '0', '-0', '1e999', '-1e999', '1e-320', '0.1', '"1"', '"x"'],
  ...['9007199254740993', '1e308', '99999999999999999999999', '"__proto__"', '"a/b"', '"\\u0000"', '"+/#"'],
  ...[`"${'x'.repeat(1000)}"`, '[[1,2],[3]]', '[null,"1",1e999]'],
];
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const STRING = /"(?:[^"\\]|\\.)*"/g;

function flipped(where: number, mask: number): Wound {
  return (payload) => {
    const copy = Buffer.from(payload);
    const index = at(copy, where);
    copy[index] = (copy[index] ?? 0) ^ mask;
    return copy;
  };
}

function withoutPart(where: number, bytes: number): Wound {
  return (payload) => {
    const from = at(payload, where);
    return Buffer.concat([payload.subarray(0, from), payload.subarray(from + bytes)]);
  };
}

function repeated(where: number, times: number): Wound {
  return (payload) => {
    const from = at(payload, where);
    const part = payload.subarray(from, from + 50);
    return Buffer.concat([
      payload.subarray(0, from),
      ...Array<Buffer>(times).fill(part),
      payload.subarray(from),
    ]);
  };
}

function withToken(where: number, token: string): Wound {
  return (payload) => {
    const index = at(payload, where);
    return Buffer.concat([payload.subarray(0, index), Buffer.from(token), payload.subarray(index)]);
  };
}

function spliced(where: number, from: number, other: Buffer): Wound {
  return (payload) =>
    Buffer.concat([payload.subarray(0, at(payload, where)), other.subarray(at(other, from))]);
}

/** Replaces one of the literals of a kind; a payload without one stays as it is. */
function replaced(literals: RegExp, which: number, value: string): Wound {
  return (payload) => {
    const text = payload.toString('latin1');
    const found = text.match(literals);
    if (found === null) return payload;
    const wanted = Math.floor(found.length * which);
    let index = 0;
    return Buffer.from(
      text.replace(literals, (literal) => (index++ === wanted ? value : literal)),
      'latin1',
    );
  };
}
