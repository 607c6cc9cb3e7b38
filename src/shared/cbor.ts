/** The upper three bits of a value's first byte. */
export const CBOR_MAJOR = {
  unsigned: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  array: 4,
  map: 5,
  tag: 6,
  other: 7,
} as const;

/** Of the major type `other`: what the lower five bits say. */
export const CBOR_OTHER = {
  false: 20,
  true: 21,
  null: 22,
  undefined: 23,
  half: 25,
  single: 26,
  double: 27,
} as const;

/** RFC 8746: numbers of 32 and 64 bits with a point, the least significant byte first. */
const TAG_FLOAT32 = 85;
const TAG_FLOAT64 = 86;

/** What {@link writeCbor} can write; `undefined` members are left out. */
export type CborValue =
  | string
  | number
  | boolean
  | Float32Array
  | Float64Array
  | { readonly [name: string]: CborValue | undefined };

/**
 * Writes a value in CBOR (RFC 8949), with columns of numbers as typed arrays (RFC 8746). Runs in browsers, too: the phone page and
 * simulated phones send this.
 */
export function writeCbor(value: CborValue): Uint8Array {
  const writer = new CborWriter();
  writer.append(value);
  return writer.bytes();
}

const FIRST_CAPACITY_BYTES = 4096;
const BIT_32 = 2 ** 32;

class CborWriter {
  #bytes = new Uint8Array(FIRST_CAPACITY_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  append(value: CborValue): void {
    if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'boolean') this.#head(CBOR_MAJOR.other, CBOR_OTHER[`${value}`]);
    else if (value instanceof Float32Array) this.#floats(value, TAG_FLOAT32);
    else if (value instanceof Float64Array) this.#floats(value, TAG_FLOAT64);
    else this.#map(value);
  }

  #map(record: Readonly<Record<string, CborValue | undefined>>): void {
    const members = Object.entries(record).filter((member) => member[1] !== undefined);
    this.#head(CBOR_MAJOR.map, members.length);
    for (const [name, value] of members) {
      this.#text(name);
      if (value !== undefined) this.append(value);
    }
  }

  #text(text: string): void {
    const encoded = new TextEncoder().encode(text);
    this.#head(CBOR_MAJOR.text, encoded.length);
    this.#bytes.set(encoded, this.#room(encoded.length));
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value >= 0) this.#head(CBOR_MAJOR.unsigned, value);
      else this.#head(CBOR_MAJOR.negative, -1 - value);
      return;
    }
    const at = this.#room(9);
    this.#bytes[at] = (CBOR_MAJOR.other << 5) | CBOR_OTHER.double;
    this.#view.setFloat64(at + 1, value);
  }

  #floats(numbers: Float32Array | Float64Array, tag: number): void {
    this.#head(CBOR_MAJOR.tag, tag);
    this.#head(CBOR_MAJOR.bytes, numbers.byteLength);
    let at = this.#room(numbers.byteLength);
    for (const number of numbers) {
      if (tag === TAG_FLOAT32) this.#view.setFloat32(at, number, true);
      else this.#view.setFloat64(at, number, true);
      at += numbers.BYTES_PER_ELEMENT;
    }
  }

  /** A major type with its argument, in the fewest bytes. */
  #head(major: number, argument: number): void {
    const type = major << 5;
    if (argument < 24) this.#bytes[this.#room(1)] = type | argument;
    else if (argument < 2 ** 8) this.#view.setUint16(this.#room(2), ((type | 24) << 8) | argument);
    else if (argument < 2 ** 16) {
      const at = this.#room(3);
      this.#bytes[at] = type | 25;
      this.#view.setUint16(at + 1, argument);
    } else if (argument < BIT_32) {
      const at = this.#room(5);
      this.#bytes[at] = type | 26;
      this.#view.setUint32(at + 1, argument);
    } else {
      const at = this.#room(9);
      this.#bytes[at] = type | 27;
      this.#view.setUint32(at + 1, Math.floor(argument / BIT_32));
      this.#view.setUint32(at + 5, argument % BIT_32);
    }
  }

  /** Makes room for so many more bytes, and says where they begin. */
  #room(bytes: number): number {
    const at = this.#length;
    this.#length += bytes;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
