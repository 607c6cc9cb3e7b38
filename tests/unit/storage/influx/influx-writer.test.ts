import type { IPoint } from 'influx';
import { describe, expect, it } from 'vitest';
import { type SendAnswer, writeBatch } from '../../../../src/storage/influx/influx-writer.js';
import {
  makeApparel,
  makeBatch,
  makeCompany,
  makeStatus,
  makeWindow,
} from '../../../helpers/make-results.js';

function createServer(isBad: (point: IPoint) => boolean) {
  const requests: string[] = [];
  const send = (points: IPoint[]): Promise<SendAnswer> => {
    requests.push(`${points[0]?.measurement} ${points.length}`);
    const count = points.filter(isBad).length;
    return Promise.resolve(count === 0 ? 'taken' : { count, words: 'no' });
  };
  return { requests, send };
}

const windows = (count: number) => Array.from({ length: count }, (_, index) => makeWindow({ endMs: index }));

describe('writeBatch', () => {
  it('sends each kind of points by itself, in requests of at most so many lines', async () => {
    const { requests, send } = createServer(() => false);
    const batch = {
      windows: windows(5),
      statuses: [makeStatus()],
      apparel: [makeApparel()],
      company: [makeCompany()],
    };
    const report = await writeBatch(batch, 2, send);
    expect(report).toEqual({ written: 8, refused: 0, refusedWindows: 0, refusal: undefined });
    expect(requests).toEqual([
      ...['presence_window 2', 'presence_window 2', 'presence_window 1'],
      ...['presence_status 1', 'apparel 1', 'presence_company 1'],
    ]);
  });

  it('sends nothing when there is nothing', async () => {
    const { requests, send } = createServer(() => false);
    await writeBatch(makeBatch(), 10, send);
    expect(requests).toEqual([]);
  });

  it('says which points of each kind are refused', async () => {
    const { send } = createServer(({ timestamp }) => timestamp === '3000' || timestamp === '7000');
    const statuses = [makeStatus({ atMs: 7 }), makeStatus({ atMs: 8 })];
    const report = await writeBatch(makeBatch({ windows: windows(5), statuses }), 100, send);
    expect(report).toEqual({
      written: 5,
      refused: 2,
      refusedWindows: 1,
      refusal: 'no',
      refusedPoints: [
        { batch: makeBatch({ windows: [makeWindow({ endMs: 3 })] }), words: 'no' },
        { batch: makeBatch({ statuses: [makeStatus({ atMs: 7 })] }), words: 'no' },
      ],
    });
  });

  it('finds the windows of a model that conflicts in a few requests, wherever they lie', async () => {
    const { requests, send } = createServer(({ fields }) => 'odd' in (fields ?? {}));
    const mixed = windows(1000).map((window, index) =>
      index % 2 === 0 ? window : { ...window, model: 'other', probabilities: { odd: 1 } },
    );
    const report = await writeBatch(makeBatch({ windows: mixed }), 5000, send);
    expect(report.refusedWindows).toBe(500);
    expect(requests.length).toBeLessThan(25);
  });

  it('counts what no store can keep among the refused, without naming it', async () => {
    const { send } = createServer(() => false);
    const report = await writeBatch(makeBatch({ windows: [makeWindow({ coverage: Number.NaN })] }), 9, send);
    expect(report).toMatchObject({ written: 0, refused: 1, refusedWindows: 1 });
    expect(report.refusedPoints).toBeUndefined();
  });
});
