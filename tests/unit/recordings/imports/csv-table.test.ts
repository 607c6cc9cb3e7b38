import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOf, csvFormatOf, csvRows, numberIn } from '../../../../src/recordings/imports/csv-table.js';

const format = (content: string | Uint8Array) => csvFormatOf(Buffer.from(content));

async function rowsOf(content: string | Uint8Array): Promise<(readonly string[])[]> {
  const bytes = Readable.from([Buffer.from(content)]);
  const rows: (readonly string[])[] = [];
  for await (const row of csvRows('file.csv', bytes, format(content))) rows.push(row);
  return rows;
}

describe(csvRows, () => {
  it('reads commas, semicolons and tabs, quoted or not, with any line end', async () => {
    for (const text of [
      'time,x\n1,2\n',
      '"time";"x"\r\n1;2\r\n',
      '\uFEFFtime\tx\r1\t 2 ',
      '"time","x"\n1,2',
      '\n\ntime,x\n\n1,2\n\n',
    ]) {
      expect(format(text).columns, text).toEqual(['time', 'x']);
      expect(await rowsOf(text), text).toEqual([['1', '2']]);
    }
  });

  it.each([
    ['UTF-16, little endian', Buffer.from('\uFEFFzeit;größe\n1;2\n', 'utf16le')],
    ['UTF-16, big endian', Buffer.from('\uFEFFzeit;größe\n1;2\n', 'utf16le').swap16()],
    ['UTF-8 with a byte order mark', Buffer.from('\uFEFFzeit;größe\n1;2\n')],
    ['Windows-1252', Buffer.from('zeit;größe\n1;2\n', 'latin1')],
  ])('reads %s', async (_, bytes) => {
    expect(format(bytes).columns).toEqual(['zeit', 'größe']);
    expect(await rowsOf(bytes)).toEqual([['1', '2']]);
  });

  it('takes rows with fewer and more cells than there are columns', async () => {
    expect(await rowsOf('a;b;;\n1\n1;2;3;4;5\n')).toEqual([['1'], ['1', '2', '3', '4', '5']]);
  });

  it('says where a quote is wrong', async () => {
    await expect(rowsOf('a,b\n"open,1\n')).rejects.toThrow(/file\.csv cannot be read: .*line 2/);
  });

  it('gives up on a cell without an end', async () => {
    await expect(rowsOf(`a,b\n"${'x\n'.repeat(510_000)}`)).rejects.toThrow(/file\.csv cannot be read/);
  });

  it('passes on what goes wrong on the way', async () => {
    const failing = new Readable({ read: () => undefined });
    failing.push('a,b\n1,2\n');
    const rows = csvRows('file.csv', failing, format('a,b\n'));
    const next = rows.next();
    failing.destroy(new Error('the disk is gone'));
    await expect(next).rejects.toThrow('file.csv cannot be read: the disk is gone');
  });

  it('reads back whatever is written by the rules', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', '7') });
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), async (rows) => {
        const text = [['a', 'b'], ...rows].map((cells) => cells.map(quoted).join(',')).join('\n');
        expect(await rowsOf(text)).toEqual(rows);
      }),
    );
  });
});

describe(columnOf, () => {
  it('finds columns whatever their case', () => {
    expect(columnOf(format('Time,X\n'), 'x')).toBe(1);
    expect(columnOf(format('Time,X\n'), 'y')).toBe(-1);
  });
});

describe(numberIn, () => {
  it('reads numbers with a decimal comma only where commas do not separate', () => {
    expect(numberIn('1,5', format('a;b\n'))).toBe(1.5);
    expect(numberIn('1.5E-1', format('a;b\n'))).toBe(0.15);
    expect(numberIn('1.5', format('a,b\n'))).toBe(1.5);
    for (const cell of ['', 'walk', undefined]) expect(numberIn(cell, format('a,b\n'))).toBeNaN();
  });

  it.each([
    ['a;b\n9,81;-0,5\n', '-1,5E-2', -0.015],
    ['a;b\n9.81;0\n', '9.812', 9.812],
    ['a;b\n0,981;1\n', '1.234,5', 1234.5],
    ['a;b\n1.790.000.000;9,8\n', '1.790.000.000', 1_790_000_000],
    ["a;b\n1'234.5;2\n", "1'234'567.5", 1_234_567.5],
    ['a;b\n1 234,5;2\n', '1\u202f234\u00a0567,5', 1_234_567.5],
    ['a,b\n"1,234.5",2\n', '1,234', 1234],
    ['a,b\n"9,81","0,5"\n', '9,81', 9.81],
    ['a\tb\n9,812\t1\n', '9,812', 9.812],
    ['a\tb\n9.812\t1\n', '9.812', 9.812],
    ['a,b\n9.8,1\n', '1,5', Number.NaN],
  ])('in %j reads %j as %d', (text, cell, number) => {
    expect(numberIn(cell, format(text))).toBe(number);
  });

  it('reads any number back that a spreadsheet of any language writes', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const language = fc.constantFrom('de-DE', 'en-US', 'fr-FR', 'de-CH', 'sv-SE');
    fc.assert(
      fc.property(value, language, fc.boolean(), (number, locale, useGrouping) => {
        const written = new Intl.NumberFormat(locale, { minimumFractionDigits: 4, useGrouping })
          .format(number)
          .replace('\u2212', '-');
        const read = numberIn(written, format(`a;b\n${written};1\n`));
        expect(read).toBeCloseTo(number, 3);
      }),
    );
  });
});
