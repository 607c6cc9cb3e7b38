import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_VIEW_LIMITS,
  PLAIN_VIEW,
  randomView,
  renderView,
} from '../../../../src/training/images/image-views.js';
import { createRandom } from '../../../../src/training/random.js';

const picture = {
  widthPixels: 4,
  heightPixels: 2,
  data: Uint8Array.from({ length: 24 }, (_, index) => index * 10),
};

describe('renderView', () => {
  it('shows the picture as it is', () => {
    expect(renderView(picture, PLAIN_VIEW, 4, 2)).toEqual(picture);
  });

  it('mirrors rows, not colours', () => {
    const { data } = renderView(picture, { ...PLAIN_VIEW, isMirrored: true }, 4, 2);
    expect([...data.subarray(0, 12)]).toEqual([90, 100, 110, 60, 70, 80, 30, 40, 50, 0, 10, 20]);
  });

  it('cuts and enlarges between the pixels', () => {
    const { data } = renderView(picture, { ...PLAIN_VIEW, left: 0.25, width: 0.5, height: 0.5 }, 2, 1);
    expect([...data]).toEqual([30, 40, 50, 60, 70, 80]);
  });

  it('changes light around middle grey, within 0 and 255', () => {
    const view = { ...PLAIN_VIEW, contrast: [2, 1, 1] as const, brightness: 20 };
    const { data } = renderView(picture, view, 4, 2);
    expect([...data.subarray(0, 3)]).toEqual([0, 30, 40]);
    expect(data[21]).toBe(255);
  });
});

describe('randomView', () => {
  it('stays inside the picture and keeps enough of it', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const view = randomView(createRandom(seed), DEFAULT_VIEW_LIMITS);
        expect(view.left).toBeGreaterThanOrEqual(0);
        expect(view.left + view.width).toBeLessThanOrEqual(1 + 1e-9);
        expect(view.top + view.height).toBeLessThanOrEqual(1 + 1e-9);
        expect(view.width * view.height).toBeGreaterThan(DEFAULT_VIEW_LIMITS.minArea * 0.8);
      }),
    );
  });

  it('follows from the seed', () => {
    expect(randomView(createRandom(3), DEFAULT_VIEW_LIMITS)).toEqual(
      randomView(createRandom(3), DEFAULT_VIEW_LIMITS),
    );
  });
});
