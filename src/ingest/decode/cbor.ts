import { CBOR_MAJOR, CBOR_OTHER } from '../../shared/cbor.js';
import { type JsonRecord, MAX_NUMBERS, type Parsed } from './json.js';
import { reject } from './outcome.js';

/** Nothing that phones send is nested deeper. */
const MAX_DEPTH = 16;

/** Whether a payload begins with a map of CBOR; no text of UTF-8 begins with such a byte, so none is JSON. */
export function isCborMap(payload: Uint8Array): boolean {
  return (payload[0] ?? 0) >> 5 === CBOR_MAJOR.map;
}

/**
 * Parses a payload that must be one map of CBOR (RFC 8949): members named by texts, of texts, numbers, truth values, maps and
 * columns. Columns are typed arrays (RFC 8746) or arrays of numbers, and come as `Float64Array`, with NaN for `null`.
 * Lengths are checked against the bytes that are there before anything is made of them, so that memory goes by the payload's size.
 *
 * @param maxNames members that all its maps may have together
 */
export function parseCborRecord(payload: Uint8Array, maxNames: number): Parsed<JsonRecord> {
  const reader = new CborReader(payload, maxNames);
  try {
    return { ok: true, value: reader.document() };
  } catch (error) {
    if (!(error instanceof CborProblem)) throw error;
    return reject('wrong-shape', `the payload of ${payload.byteLength} bytes of CBOR ${error.message}`);
  }
}

class CborProblem extends Error {}

/** What stands in a value's first byte and the argument after it. */
interface Head {
  readonly major: number;
  /** Lower five bits of the first byte: the argument itself, or how many bytes it takes. */
  readonly info: number;
  readonly argument: number;
}

/** Numbers of a typed array: the bytes of each, and how one is read. */
interface Elements {
  readonly size: number;
  readonly read: (view: DataView, at: number, isLittleEndian: boolean) => number;
}

const UINT8: Elements = { size: 1, read: (view, at) => view.getUint8(at) };
const UINT16: Elements = { size: 2, read: (view, at, isLittle) => view.getUint16(at, isLittle) };
const UINT32: Elements = { size: 4, read: (view, at, isLittle) => view.getUint32(at, isLittle) };
const INT8: Elements = { size: 1, read: (view, at) => view.getInt8(at) };
const INT16: Elements = { size: 2, read: (view, at, isLittle) => view.getInt16(at, isLittle) };
const INT32: Elements = { size: 4, read: (view, at, isLittle) => view.getInt32(at, isLittle) };
const FLOAT32: Elements = { size: 4, read: (view, at, isLittle) => view.getFloat32(at, isLittle) };
const FLOAT64: Elements = { size: 8, read: (view, at, isLittle) => view.getFloat64(at, isLittle) };

/** By their tags; of two for the same numbers the second has the least significant byte first. */
const TYPED_ARRAYS: ReadonlyMap<number, Elements> = new Map([
  [64, UINT8],
  [65, UINT16],
  [66, UINT32],
  [69, UINT16],
  [70, UINT32],
  [72, INT8],
  [73, INT16],
  [74, INT32],
  [77, INT16],
  [78, INT32],
  [81, FLOAT32],
  [82, FLOAT64],
  [85, FLOAT32],
  [86, FLOAT64],
]);
const LITTLE_ENDIAN_BIT = 4;

class CborReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #maxNames: number;
  #names = 0;
  #numbersRead = 0;
  #at = 0;

  constructor(bytes: Uint8Array, maxNames: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#maxNames = maxNames;
  }

  /** One map, and nothing behind it. */
  document(): JsonRecord {
    const head = this.#head();
    if (head.major !== CBOR_MAJOR.map) throw new CborProblem('is no map');
    const record = this.#map(head.argument, 1);
    if (this.#at < this.#bytes.length) throw new CborProblem(`goes on after its end, at byte ${this.#at}`);
    return record;
  }

  #value(depth: number): unknown {
    const head = this.#head();
    switch (head.major) {
      case CBOR_MAJOR.text:
        return this.#text(head.argument);
      case CBOR_MAJOR.array:
        return this.#numbers(head.argument);
      case CBOR_MAJOR.map:
        return this.#map(head.argument, depth + 1);
      case CBOR_MAJOR.tag:
        return this.#typedArray(head.argument);
      case CBOR_MAJOR.bytes:
        throw new CborProblem('has bytes that no tag makes a typed array');
      default:
        return this.#scalar(head);
    }
  }

  #map(members: number, depth: number): JsonRecord {
    if (depth > MAX_DEPTH) throw new CborProblem(`is nested more than ${MAX_DEPTH} deep`);
    this.#names += members;
    if (this.#names > this.#maxNames)
      throw new CborProblem(`has more than ${this.#maxNames} members in its maps`);
    const record = new Map<string, unknown>();
    for (let member = 0; member < members; member++) {
      const name = this.#head();
      if (name.major !== CBOR_MAJOR.text) throw new CborProblem('has a member whose name is no text');
      record.set(this.#text(name.argument), this.#value(depth));
    }
    if (record.size < members) throw new CborProblem('has two members of one name in a map');
    // Makes own members of all names, `__proto__` too.
    return Object.fromEntries(record);
  }

  #text(length: number): string {
    const start = this.#take(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  #numbers(length: number): Float64Array {
    // Each takes at least a byte.
    if (length > this.#bytes.length - this.#at) throw this.#tooShort();
    const numbers = this.#column(length);
    for (let index = 0; index < length; index++) {
      const value = this.#scalar(this.#head());
      numbers[index] = typeof value === 'number' ? value : Number.NaN;
    }
    return numbers;
  }

  #typedArray(tag: number): Float64Array {
    const elements = TYPED_ARRAYS.get(tag);
    if (elements === undefined) throw new CborProblem(`has the tag ${tag}, which is not read`);
    const { size, read } = elements;
    const { major, argument: length } = this.#head();
    if (major !== CBOR_MAJOR.bytes || length % size !== 0)
      throw new CborProblem(`has a typed array (tag ${tag}) without bytes, or with part of a number`);
    const start = this.#take(length);
    const isLittleEndian = (tag & LITTLE_ENDIAN_BIT) !== 0;
    const numbers = this.#column(length / size);
    for (let index = 0; index < numbers.length; index++)
      numbers[index] = read(this.#view, start + index * size, isLittleEndian);
    return numbers;
  }

  #column(length: number): Float64Array {
    this.#numbersRead += length;
    if (this.#numbersRead > MAX_NUMBERS)
      throw new CborProblem(`has more than ${MAX_NUMBERS} numbers; send it in several messages`);
    return new Float64Array(length);
  }

  /** A number, a truth value, `null` or `undefined`. */
  #scalar({ major, info, argument }: Head): number | boolean | null | undefined {
    if (major === CBOR_MAJOR.unsigned) return argument;
    if (major === CBOR_MAJOR.negative) return -1 - argument;
    if (major !== CBOR_MAJOR.other) throw new CborProblem('has something other than numbers in an array');
    switch (info) {
      case CBOR_OTHER.false:
        return false;
      case CBOR_OTHER.true:
        return true;
      case CBOR_OTHER.null:
        return null;
      case CBOR_OTHER.undefined:
        return undefined;
      case CBOR_OTHER.half:
        return halfFloat(argument);
      case CBOR_OTHER.single:
        return this.#view.getFloat32(this.#at - 4);
      case CBOR_OTHER.double:
        return this.#view.getFloat64(this.#at - 8);
      default:
        throw new CborProblem(`has the simple value ${argument}, which is not read`);
    }
  }

  #head(): Head {
    const first = this.#bytes[this.#take(1)] ?? 0;
    const info = first & 0x1f;
    if (info > 27) throw new CborProblem('has a value of no stated length; write lengths before values');
    return { major: first >> 5, info, argument: info < 24 ? info : this.#argument(2 ** (info - 24)) };
  }

  /** Above 2 ** 53 it is rounded, and no length that could be. */
  #argument(bytes: number): number {
    const at = this.#take(bytes);
    if (bytes === 1) return this.#view.getUint8(at);
    if (bytes === 2) return this.#view.getUint16(at);
    return bytes === 4 ? this.#view.getUint32(at) : Number(this.#view.getBigUint64(at));
  }

  /** Steps over bytes, and says where they begin. */
  #take(bytes: number): number {
    const start = this.#at;
    if (bytes > this.#bytes.length - start) throw this.#tooShort();
    this.#at = start + bytes;
    return start;
  }

  #tooShort(): CborProblem {
    return new CborProblem(`ends within a value, or its length at byte ${this.#at} is wrong`);
  }
}

const HALF_FRACTION = 2 ** 10;
const HALF_LARGEST_EXPONENT = 31;

/** The number that 16 bits say: a sign, five bits of exponent, ten of fraction. */
function halfFloat(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / HALF_FRACTION;
  if (exponent === 0) return sign * fraction * 2 ** -14;
  if (exponent === HALF_LARGEST_EXPONENT)
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction) * 2 ** (exponent - 15);
}
