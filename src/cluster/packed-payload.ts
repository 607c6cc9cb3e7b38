import { promisify } from 'node:util';
import { constants, deflateRaw, inflateRawSync } from 'node:zlib';
import type { RawMessage } from '../domain/message.js';
import { MAX_MESSAGE_BYTES } from './cluster-streams.js';

/** How a payload stands in the log. */
export const DEFLATED = 'deflate';

export interface PackedPayload {
  readonly data: Uint8Array;
  /** Absent for a payload that stands there as it came. */
  readonly encoding?: typeof DEFLATED;
}

/** A payload that is smaller goes into one packet of the network anyway. */
const LEAST_BYTES = 1000;
/** What an app sends is text that says the same over and over: more effort makes it hardly smaller. */
const OPTIONS = { level: constants.Z_BEST_SPEED };
const deflate = promisify(deflateRaw);

/** The payload as the log holds it: every server keeps a copy of it, so it is made small first, beside the main thread. */
export async function packPayload({ format, payload }: RawMessage): Promise<PackedPayload> {
  // Pictures are compressed already.
  if (format === 'frame' || payload.length < LEAST_BYTES) return { data: payload };
  const data = await deflate(payload, OPTIONS);
  return data.length < payload.length ? { data, encoding: DEFLATED } : { data: payload };
}

/** The payload as it came. What cannot be unpacked stays as it is: decoding refuses it then, and it is counted. */
export function unpackPayload(data: Uint8Array, encoding: string | undefined): Buffer {
  const packed = Buffer.from(data);
  if (encoding !== DEFLATED) return packed;
  try {
    // No payload takes more memory than a message may.
    return inflateRawSync(packed, { maxOutputLength: MAX_MESSAGE_BYTES });
  } catch {
    return packed;
  }
}
