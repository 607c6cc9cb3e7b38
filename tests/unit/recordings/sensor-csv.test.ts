import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSensorCsv, parseSensorCsv, SENSOR_CSV_HEADER } from '../../../src/recordings/sensor-csv.js';

const read = (text: string) => parseSensorCsv('accelerometer.csv', Buffer.from(text));

/** Cells as people and programs write them, numbers or not. */
const cell = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.tuple(fc.integer(), fc.nat(6)).map(([value, digits]) => (value / 10 ** digits).toFixed(digits)),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => ` ${value.toPrecision(9)} `),
  fc.constantFrom(
    '',
    ' ',
    '-',
    '.',
    '-.',
    '1.',
    '.5',
    '-.5',
    '+1',
    '1e3',
    '1.2.3',
    '0x10',
    'NaN',
    'Infinity',
    '-0',
  ),
  fc.stringMatching(/^[0-9.-]{0,20}$/),
);

describe('a table of samples', () => {
  it('has the values that Number reads in its cells', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }), (rows) => {
        const lines = rows.map((cells, row) => [row, ...cells].join(','));
        const expected = rows.flat().map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
        const { timesMs, values } = read([SENSOR_CSV_HEADER, ...lines].join('\n'));
        expect([...timesMs]).toEqual(rows.map((_, row) => row));
        expect([...values]).toEqual([...Float32Array.from(expected)]);
      }),
    );
  });

  it('reads back as it was written, whatever ends its lines', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noDefaultInfinity: true, noNaN: true }), { maxLength: 30 }),
        fc.constantFrom('\n', '\r\n'),
        fc.constantFrom('', '\n', '\n\n', ' \r\n'),
        (numbers, lineEnd, end) => {
          const values = Float32Array.from(numbers.slice(0, numbers.length - (numbers.length % 3)));
          const timesMs = Float64Array.from({ length: values.length / 3 }, (_, row) => row * 0.125);
          const text = formatSensorCsv({ timesMs, values }).trimEnd().replaceAll('\n', lineEnd) + end;
          expect(read(text)).toEqual({ timesMs, values });
        },
      ),
    );
  });

  it.each([
    ['1,2,3', 'line 3'],
    ['1,2,3,4,5', 'line 3'],
    ['-1,2,3,4', 'line 3'],
    ['x,2,3,4', 'line 3'],
    ['', 'line 3'],
  ])('with the line "%s" is refused', (line, where) => {
    expect(() => read(`${SENSOR_CSV_HEADER}\n0,1,2,3\n${line}\n5,1,2,3\n`)).toThrow(where);
  });

  it('without its header is refused', () => {
    expect(() => read('0,1,2,3\n')).toThrow('the first line must be');
    expect(() => read('')).toThrow('the first line must be');
    expect(read(SENSOR_CSV_HEADER).timesMs).toHaveLength(0);
  });
});
