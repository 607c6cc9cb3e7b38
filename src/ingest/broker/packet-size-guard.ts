/** Bits of a length byte that count; the highest says that another byte follows. */
const LENGTH_BITS = 7;
const LENGTH_MASK = 0x7f;
const MAX_LENGTH_BYTES = 4;

/**
 * Follows the packet boundaries of an MQTT byte stream without keeping any byte, so that a packet that is too large is
 * known by its announced length, before its content comes.
 */
export class PacketSizeGuard {
  readonly #maxPacketBytes: number;
  #limit: number;
  /** Bytes of the current packet that are still to come, once its length is known. */
  #remaining = 0;
  /** Bytes read of the current packet's header; 0 between packets. */
  #headerBytes = 0;
  #length = 0;

  /** @param maxFirstBytes size of the first packet, which comes before it is known who sends it */
  constructor(maxPacketBytes: number, maxFirstBytes: number = maxPacketBytes) {
    this.#maxPacketBytes = maxPacketBytes;
    this.#limit = Math.min(maxFirstBytes, maxPacketBytes);
  }

  /** Follows the next bytes; false when they announce a packet that is too large or no length at all. */
  pass(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#remaining > 0) {
        const skipped = Math.min(this.#remaining, chunk.length - at);
        this.#remaining -= skipped;
        at += skipped;
      } else {
        if (!this.#readHeader(chunk[at] ?? 0)) return false;
        at += 1;
      }
    }
    return true;
  }

  /** A header is the type and flags, then up to four bytes of length, the lowest bits first. */
  #readHeader(byte: number): boolean {
    if (this.#headerBytes > 0) {
      this.#length += (byte & LENGTH_MASK) * 2 ** (LENGTH_BITS * (this.#headerBytes - 1));
      const isLast = byte <= LENGTH_MASK;
      if (!isLast && this.#headerBytes === MAX_LENGTH_BYTES) return false;
      if (1 + this.#headerBytes + this.#length > this.#limit) return false;
      if (isLast) {
        this.#limit = this.#maxPacketBytes;
        this.#remaining = this.#length;
        this.#headerBytes = 0;
        this.#length = 0;
        return true;
      }
    }
    this.#headerBytes += 1;
    return true;
  }
}
