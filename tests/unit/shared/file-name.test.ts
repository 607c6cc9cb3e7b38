import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEVICE_ID_RULE, parseDeviceId } from '../../../src/domain/ids.js';
import { fileNameOf } from '../../../src/shared/file-name.js';

const name = fc
  .oneof(
    fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/),
    fc.constantFrom(
      'con',
      'CON',
      'con.',
      'Con.txt',
      'lpt1',
      'p:1',
      'p_1',
      'P:1',
      'p.',
      'p:',
      'nul-1',
      'X'.repeat(64),
    ),
  )
  .filter((text) => parseDeviceId(text) !== undefined);

describe(fileNameOf, () => {
  it(`gives each name (${DEVICE_ID_RULE}) a file of its own, also where case is not told apart`, () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(fileNameOf(one).toLowerCase() === fileNameOf(other).toLowerCase()).toBe(one === other);
      }),
    );
  });

  it('gives names that every file system takes', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(fileNameOf(text)).toMatch(/^[a-z0-9_=+.-]{1,180}(?<!\.)$/);
        expect(fileNameOf(text)).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
      }),
    );
  });

  it.each([
    ['phone-0001', 'phone-0001'],
    ['Anna', '=anna'],
    ['p:1', 'p=+1'],
    ['con', '=_con'],
    ['p.1.', 'p.1=-'],
  ])('writes %s as %s', (text, file) => {
    expect(fileNameOf(text)).toBe(file);
  });
});
