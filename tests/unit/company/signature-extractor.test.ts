import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SignatureExtractor } from '../../../src/company/signature-extractor.js';
import { GRID_RATE_HZ } from '../../../src/company/signature-grid.js';
import type { SignatureRow } from '../../../src/domain/company.js';
import { framesOf, walkingRows } from './company-rows.js';

const FIRST_ROW = 35_000_000_007;
const ROWS = 300;

function inPieces(sizes: readonly number[]): SignatureRow[] {
  const extractor = new SignatureExtractor();
  const rows: SignatureRow[] = [];
  let from = 0;
  for (const size of [...sizes, ROWS]) {
    const count = Math.min(size, ROWS - from);
    rows.push(...extractor.add(framesOf(FIRST_ROW + from, walkingRows(FIRST_ROW + from, count))));
    from += count;
  }
  return rows;
}

describe('SignatureExtractor', () => {
  it('gives a row for each second of which half is there', () => {
    const rows = inPieces([]);
    const firstEndMs = Math.ceil(FIRST_ROW / GRID_RATE_HZ) * 1000;
    expect(rows.map(({ endMs }) => endMs)).toEqual(
      Array.from({ length: 15 }, (_, second) => firstEndMs + second * 1000),
    );
  });

  it('gives the same rows however they are cut', () => {
    const whole = inPieces([]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 12 }), (sizes) => {
        expect(inPieces(sizes)).toEqual(whole);
      }),
    );
  });

  it('goes on after a restart with the rows it would have given', () => {
    const whole = inPieces([]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: ROWS }), (stoppedAfter) => {
        const before = new SignatureExtractor();
        const known = before.add(framesOf(FIRST_ROW, walkingRows(FIRST_ROW, stoppedAfter)));
        const lastMs = known.at(-1)?.endMs ?? Number.NEGATIVE_INFINITY;
        const row = Math.max(FIRST_ROW, before.neededFromRow ?? FIRST_ROW);
        const rest = new SignatureExtractor().add(framesOf(row, walkingRows(row, FIRST_ROW + ROWS - row)));
        expect([...known, ...rest.filter(({ endMs }) => endMs > lastMs)]).toEqual(whole);
      }),
    );
  });

  it('begins again behind a hole', () => {
    const extractor = new SignatureExtractor();
    extractor.add(framesOf(0, walkingRows(0, 100)));
    const rows = extractor.add(framesOf(1000, walkingRows(1000, 20)));
    expect(rows).toEqual(new SignatureExtractor().add(framesOf(1000, walkingRows(1000, 20))));
    expect(rows).toHaveLength(1);
  });

  it('needs nothing before its first row', () => {
    const extractor = new SignatureExtractor();
    expect([extractor.neededFromRow, extractor.neededFromMs]).toEqual([undefined, Number.POSITIVE_INFINITY]);
  });
});
