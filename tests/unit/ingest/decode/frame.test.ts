import { describe, expect, it } from 'vitest';
import { decodeFrame } from '../../../../src/ingest/decode/frame.js';
import { accepted, addressed, RECEIVED_AT_MS } from './make-raw.js';

describe(decodeFrame, () => {
  it('makes one frame of a picture, at the time of its arrival', () => {
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);
    const { frames, message } = accepted(decodeFrame(addressed('frame', jpeg)));
    expect(frames).toEqual([{ device: 'phone-1', timeMs: RECEIVED_AT_MS, image: jpeg }]);
    expect(message).toBeUndefined();
  });

  it('refuses what is no picture', () => {
    expect(decodeFrame(addressed('frame', '{}'))).toMatchObject({ ok: false, reason: 'wrong-shape' });
  });
});
