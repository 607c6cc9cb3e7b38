/**
 * A table of a FlatBuffers file (https://flatbuffers.dev/internals): fields by number, absent ones as their default.
 * Reading beyond the file throws a RangeError.
 */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  /** The root table of a file. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  int8(field: number): number {
    const at = this.#position(field);
    return at === undefined ? 0 : this.#view.getInt8(at);
  }

  int32(field: number, fallback = 0): number {
    const at = this.#position(field);
    return at === undefined ? fallback : this.#view.getInt32(at, true);
  }

  text(field: number): string {
    return Buffer.from(this.bytes(field)).toString('utf8');
  }

  /** A vector of bytes, as a view into the file. */
  bytes(field: number): Uint8Array {
    const { at, length } = this.#vector(field);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length);
  }

  int32s(field: number): number[] {
    const { at, length } = this.#vector(field);
    return Array.from({ length }, (_, index) => this.#view.getInt32(at + index * 4, true));
  }

  table(field: number): FlatTable | undefined {
    const at = this.#position(field);
    return at === undefined ? undefined : new FlatTable(this.#view, this.#follow(at));
  }

  tables(field: number): FlatTable[] {
    const { at, length } = this.#vector(field);
    return Array.from({ length }, (_, index) => new FlatTable(this.#view, this.#follow(at + index * 4)));
  }

  #vector(field: number): { at: number; length: number } {
    const position = this.#position(field);
    if (position === undefined) return { at: 0, length: 0 };
    const start = this.#follow(position);
    return { at: start + 4, length: this.#view.getUint32(start, true) };
  }

  #follow(at: number): number {
    return at + this.#view.getUint32(at, true);
  }

  /** Where a field lies, by the table's list of offsets. */
  #position(field: number): number | undefined {
    const list = this.#at - this.#view.getInt32(this.#at, true);
    const entry = 4 + field * 2;
    if (entry >= this.#view.getUint16(list, true)) return undefined;
    const offset = this.#view.getUint16(list + entry, true);
    return offset === 0 ? undefined : this.#at + offset;
  }
}
