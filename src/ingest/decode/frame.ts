import { pictureKind } from '../../shared/picture-bytes.js';
import { type AddressedMessage, accept, type DecodeOutcome, reject } from './outcome.js';

/** Decodes a picture sent as it is: JPEG, PNG or WebP bytes, taken when it arrived. */
export function decodeFrame(raw: AddressedMessage): DecodeOutcome {
  if (pictureKind(raw.payload) === undefined)
    return reject('wrong-shape', 'the payload is no JPEG, PNG or WebP image');
  return accept(raw.device, {
    frames: [{ device: raw.device, timeMs: raw.receivedAtMs, image: raw.payload }],
  });
}
