import { describe, expect, it } from 'vitest';
import { pictureKind } from '../../../src/shared/picture-bytes.js';

describe(pictureKind, () => {
  it.each([
    ['JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0])],
    ['PNG', Buffer.from('\u0089PNG\r\n\u001a\n...', 'latin1')],
    ['WebP', Buffer.from('RIFF\u0010\u0000\u0000\u0000WEBPVP8 ', 'latin1')],
  ])('knows %s', (_name, bytes) => {
    expect(pictureKind(bytes)).toBe(_name.toLowerCase());
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a signature', Buffer.from([0xff, 0xd8])],
    ['a WAV file', Buffer.from('RIFF\u0010\u0000\u0000\u0000WAVEfmt ', 'latin1')],
    ['JSON', Buffer.from('{"image":1}')],
  ])('refuses %s', (_name, bytes) => {
    expect(pictureKind(bytes)).toBeUndefined();
  });
});
