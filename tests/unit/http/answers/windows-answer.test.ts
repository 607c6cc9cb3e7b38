import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredWindow } from '../../../../src/domain/store.js';
import { readWindowPages, writeWindowsAnswer } from '../../../../src/http/answers/windows-answer.js';
import { createMemoryStore, PHONE, storedWindow } from '../../../helpers/http-fixture.js';

const MODELS = ['a', 'b', 'c'];

/** Any number of windows; windows of several models may end together, two of one model may not. */
const windowsArbitrary = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.constantFrom(...MODELS)), {
    selector: (key) => key.join('/'),
    maxLength: 60,
  })
  .map((keys) => keys.sort(([a], [b]) => a - b))
  .map((keys) => keys.map(([endMs, model]) => storedWindow({ endMs, model })));

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe(readWindowPages, () => {
  it('gives every window of the range once and in order, whatever the size of a page', async () => {
    const model = fc.option(fc.constantFrom(...MODELS), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        windowsArbitrary,
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 31 }),
        model,
        async (windows, pageWindows, fromMs, spanMs, wanted) => {
          const store = createMemoryStore();
          store.windowList.push(...windows);
          const range = { fromMs, toMs: fromMs + spanMs };
          const pages = await collect(
            readWindowPages(store, { device: PHONE, range, model: wanted }, pageWindows),
          );
          const expected = windows.filter(
            (window) =>
              window.endMs >= range.fromMs &&
              window.endMs < range.toMs &&
              (wanted === undefined || window.model === wanted),
          );
          expect(pages.flat()).toEqual(expected);
          expect(pages.every((page) => page.length > 0)).toBe(true);
        },
      ),
    );
  });
});

describe(writeWindowsAnswer, () => {
  async function* pagesOf(pages: StoredWindow[][]): AsyncGenerator<StoredWindow[], undefined> {
    for (const page of pages) yield await Promise.resolve(page);
    return undefined;
  }

  it('writes valid JSON with at most the limit, and says whether there is more', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 30 }),
        async (sizes, limit) => {
          const total = sizes.reduce((sum, size) => sum + size, 0);
          const all = Array.from({ length: total }, (_, index) => storedWindow({ endMs: index + 1 }));
          const pages = sizes.map((size) => all.splice(0, size));
          const [first = [], ...rest] = pages;
          const text = await collect(writeWindowsAnswer(PHONE, first, pagesOf(rest), limit));
          const answer = JSON.parse(text.join(''));
          expect(answer.device).toBe(PHONE);
          expect(answer.windows.map((window: StoredWindow) => window.endMs)).toEqual(
            Array.from({ length: Math.min(limit, total) }, (_, index) => index + 1),
          );
          expect(answer.truncated).toBe(total > limit);
        },
      ),
    );
  });

  it('writes what is promised of a window, and nothing else', async () => {
    const text = await collect(writeWindowsAnswer(PHONE, [storedWindow({ endMs: 5.125 })], pagesOf([]), 9));
    expect(JSON.parse(text.join(''))).toEqual({
      device: 'phone-1',
      windows: [
        {
          startMs: -2554.875,
          endMs: 5.125,
          model: 'accompany-demo',
          coverage: 0.98,
          meanDeltaMs: 2.5,
          maxDeltaMs: 9.75,
          probabilities: { accompanied: 0.91, conversation: 0.12 },
        },
      ],
      truncated: false,
    });
  });
});
