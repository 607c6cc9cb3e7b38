/** Codes of the characters that JSON is made of. */
export const ASCII = {
  space: 0x20,
  quote: 0x22,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  point: 0x2e,
  zero: 0x30,
  colon: 0x3a,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  lowerE: 0x65,
  openBrace: 0x7b,
  closeBrace: 0x7d,
  tilde: 0x7e,
} as const;

/** The bit that lower case letters have and upper case ones have not. */
const LOWER_CASE = 0x20;

/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

/** Decimals that {@link ByteReader.float} reads; before the point, 39 digits are the most a 32-bit float can have. */
const MAX_DECIMALS = 40;
/** More than the relative error of all those digits read into a double: two roundings a digit, and a division. */
const FLOAT_ERROR = 2 ** -44;

const MAX_EXPONENT_DIGITS = 3;

/** A whole number is read in two parts of at most so many digits, each of them exact. */
const HEAD_DIGITS = 10;
const TAIL_DIGITS = 9;
/** Up to here `head * 10 ** 9` is exact, since 10 ** 9 is 2 ** 9 * 5 ** 9. */
const MAX_EXACT_HEAD = Math.floor(2 ** 53 / 5 ** TAIL_DIGITS);

/** Levels of arrays and objects that {@link ByteReader.skipValue} goes down. */
const MAX_DEPTH = 4;

const WORD_BYTES = 4;

/** Text of at least four ASCII characters, made ready to be compared four at a time. */
export class Literal {
  readonly length: number;
  readonly words: Int32Array;
  /** The last four characters, some of them again. */
  readonly lastWord: number;

  constructor(text: string) {
    const view = new DataView(Uint8Array.from(Buffer.from(text, 'latin1')).buffer);
    this.length = view.byteLength;
    this.words = Int32Array.from({ length: Math.floor(this.length / WORD_BYTES) }, (_, index) =>
      view.getInt32(index * WORD_BYTES, true),
    );
    this.lastWord = view.getInt32(this.length - WORD_BYTES, true);
  }
}

const LITERALS = ['true', 'false', 'null'].map((word) => new Literal(word));

/**
 * Reads plain JSON where it lies, without making strings and objects of it: the fast path for what comes in thousands a
 * second. It takes text without blanks and escapes; where something else comes than what is asked for, the methods say so
 * and the reader is of no more use. Whatever it does take, `JSON.parse` takes too.
 */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // Always a Buffer, whatever came, so that the loops below see one type.
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The byte that comes next; 0 at the end. */
  get next(): number {
    return this.#at < this.#bytes.length ? (this.#bytes[this.#at] ?? 0) : 0;
  }

  /** Steps over `literal` if it comes next; otherwise stays. */
  skip({ length, words, lastWord }: Literal): boolean {
    const view = this.#view;
    const start = this.#at;
    if (start + length > this.#bytes.length) return false;
    for (let index = 0; index < words.length; index++) {
      if (view.getInt32(start + index * WORD_BYTES, true) !== words[index]) return false;
    }
    if (view.getInt32(start + length - WORD_BYTES, true) !== lastWord) return false;
    this.#at = start + length;
    return true;
  }

  /** Steps over the byte `code` if it comes next; otherwise stays. */
  skipByte(code: number): boolean {
    if (this.next !== code) return false;
    this.#at += 1;
    return true;
  }

  /** Steps over text and its closing quote; the opening quote is behind. `undefined` unless it is printable ASCII. */
  text(): string | undefined {
    const bytes = this.#bytes;
    const start = this.#at;
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === ASCII.quote) {
        this.#at = at + 1;
        return this.#slice(start, at);
      }
      if (byte < ASCII.space || byte > ASCII.tilde || byte === ASCII.backslash) return undefined;
    }
    return undefined;
  }

  /**
   * A whole number from 0 of at most 19 digits, rounded to the same double as `JSON.parse` does; NaN where none comes, or
   * one whose rounding is not certain.
   */
  integer(): number {
    const start = this.#at;
    const head = this.#digits(0, HEAD_DIGITS);
    if (!isCanonical(this.#bytes, start, this.#at) || head > MAX_EXACT_HEAD) return Number.NaN;
    const split = this.#at;
    const tail = this.#digits(0, TAIL_DIGITS);
    return head * (POWERS_OF_TEN[this.#at - split] ?? Number.NaN) + tail;
  }

  /** A number as a double that makes the same 32-bit float as the double of `JSON.parse`; NaN where none comes. */
  float(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    const isNegative = bytes[start] === ASCII.minus;
    const first = isNegative ? start + 1 : start;
    let mantissa = 0;
    let at = first;
    for (let digit = digitAt(bytes, at); digit >= 0; digit = digitAt(bytes, at)) {
      mantissa = mantissa * 10 + digit;
      at += 1;
    }
    if (!isCanonical(bytes, first, at)) return Number.NaN;
    let decimals = 0;
    if (bytes[at] === ASCII.point) {
      at += 1;
      this.#at = at;
      mantissa = this.#digits(mantissa, MAX_DECIMALS);
      decimals = this.#at - at;
      if (decimals === 0) return Number.NaN;
      at = this.#at;
    }
    this.#at = at;
    if (((bytes[at] ?? 0) | LOWER_CASE) === ASCII.lowerE) return this.#exponential(start);
    const value = mantissa / (POWERS_OF_TEN[decimals] ?? Number.NaN);
    const error = value * FLOAT_ERROR;
    if (Math.fround(value - error) !== Math.fround(value + error)) return this.#number(start);
    return isNegative ? -value : value;
  }

  /** Steps over any value; false where none comes, or one too deep. */
  skipValue(depth = 0): boolean {
    if (depth > MAX_DEPTH) return false;
    if (this.skipByte(ASCII.quote)) return this.text() !== undefined;
    if (this.skipByte(ASCII.openBrace)) return this.#skipMembers(ASCII.closeBrace, depth);
    if (this.skipByte(ASCII.openBracket)) return this.#skipMembers(ASCII.closeBracket, depth);
    return LITERALS.some((literal) => this.skip(literal)) || !Number.isNaN(this.float());
  }

  #skipMembers(end: number, depth: number): boolean {
    if (this.skipByte(end)) return true;
    do {
      if (end === ASCII.closeBrace && !this.#skipKey()) return false;
      if (!this.skipValue(depth + 1)) return false;
    } while (this.skipByte(ASCII.comma));
    return this.skipByte(end);
  }

  #skipKey(): boolean {
    return this.skipByte(ASCII.quote) && this.text() !== undefined && this.skipByte(ASCII.colon);
  }

  /** Appends the digits that come next, at most `limit`, to a decimal number. */
  #digits(number: number, limit: number): number {
    const bytes = this.#bytes;
    const end = Math.min(this.#at + limit, bytes.length);
    let at = this.#at;
    let result = number;
    for (; at + WORD_BYTES <= end; at += WORD_BYTES) {
      const four = fourDigits(this.#view.getInt32(at, true));
      if (four < 0) break;
      result = result * 10_000 + four;
    }
    for (; at < end; at++) {
      const digit = digitAt(bytes, at);
      if (digit < 0) break;
      result = result * 10 + digit;
    }
    this.#at = at;
    return result;
  }

  #exponential(start: number): number {
    this.#at += 1;
    if (!this.skipByte(ASCII.plus)) this.skipByte(ASCII.minus);
    const first = this.#at;
    this.#digits(0, MAX_EXPONENT_DIGITS);
    return this.#at === first ? Number.NaN : this.#number(start);
  }

  #number(start: number): number {
    return Number(this.#slice(start, this.#at));
  }

  #slice(start: number, end: number): string {
    return this.#bytes.toString('latin1', start, end);
  }
}

/** The digit at a place; -1 if there is none. */
function digitAt(bytes: Uint8Array, at: number): number {
  const digit = (bytes[at] ?? 0) - ASCII.zero;
  return digit <= 9 ? digit : -1;
}

/** Whether the digits from `start` to `end` are as JSON writes them: at least one, and no needless zero before others. */
function isCanonical(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 1 || (end - start > 1 && bytes[start] !== ASCII.zero);
}

/** The number that four ASCII digits make, the first in the lowest byte; -1 if they are not all digits. */
function fourDigits(word: number): number {
  const isDigits = (word & 0xf0f0f0f0) === 0x30303030 && ((word + 0x06060606) & 0xf0f0f0f0) === 0x30303030;
  if (!isDigits) return -1;
  const pairs = (Math.imul(word & 0x0f0f0f0f, 10 * 0x100 + 1) >>> 8) & 0x00ff00ff;
  return Math.imul(pairs, 100 * 0x10000 + 1) >>> 16;
}
