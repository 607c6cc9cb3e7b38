import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOf, numberIn, parseCsvTable } from '../../../src/imports/csv-table.js';

const table = (text: string) => parseCsvTable('file.csv', Buffer.from(text));

describe('parseCsvTable', () => {
  it('reads commas, semicolons and tabs, quoted or not, with any line end', () => {
    for (const text of [
      'time,x\n1,2\n',
      '"time";"x"\r\n1;2\r\n',
      '\uFEFFtime\tx\r1\t 2 ',
      '"time","x"\n1,2',
    ]) {
      const { columns, rows } = table(text);
      expect(columns, text).toEqual(['time', 'x']);
      expect(rows, text).toEqual([['1', '2']]);
    }
  });

  it('finds columns whatever their case', () => {
    expect(columnOf(table('Time,X\n'), 'x')).toBe(1);
    expect(columnOf(table('Time,X\n'), 'y')).toBe(-1);
  });

  it('reads numbers with a decimal comma only where commas do not separate', () => {
    expect(numberIn('1,5', table('a;b\n'))).toBe(1.5);
    expect(numberIn('1.5E-1', table('a;b\n'))).toBe(0.15);
    expect(numberIn('1.5', table('a,b\n'))).toBe(1.5);
    for (const cell of ['', 'walk', undefined]) expect(numberIn(cell, table('a,b\n'))).toBeNaN();
  });

  it('says where a quote is wrong', () => {
    expect(() => table('a,b\n"open,1\n')).toThrow(/file\.csv: line 2/);
  });

  it('reads back whatever is written by the rules', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', '7') });
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        const text = [['a', 'b'], ...rows].map((cells) => cells.map(quoted).join(',')).join('\n');
        expect(table(text).rows).toEqual(rows);
      }),
    );
  });
});
