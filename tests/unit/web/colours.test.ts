import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const STYLE = readFileSync(join(import.meta.dirname, '../../../src/web/style/theme.css'), 'utf8');
const [LIGHT = '', DARK = ''] = STYLE.split(':root[data-theme="dark"]');

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[0-9a-f]{2}/g) ?? []).map((part) => {
    const value = Number.parseInt(part, 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** After WCAG 2. */
function contrast(first: string, second: string): number {
  const [dark = 0, light = 0] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('in the theme %s', (_name, style) => {
  const colour = (name: string): string => new RegExp(`${name}: (#[0-9a-f]{6});`).exec(style)?.[1] ?? '';

  it.each(['first', 'second', 'third'])('the bands of the %s target are told apart', (target) => {
    const [yes, no] = [`--${target}`, `--${target}-no`];
    const grounds = ['--page', '--card', '--unknown'];
    for (const status of [yes, no]) {
      for (const ground of grounds) {
        expect(contrast(colour(status), colour(ground)), `${status} on ${ground}`).toBeGreaterThanOrEqual(3);
      }
    }
    expect(contrast(colour(yes), colour(no))).toBeGreaterThanOrEqual(3);
    expect(contrast(colour('--card'), colour(yes))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colour('--ink'), colour(no))).toBeGreaterThanOrEqual(4.5);
  });

  it('the hatch of what is unknown is seen', () => {
    for (const ground of ['--unknown', '--page', '--card']) {
      expect(contrast(colour('--unknown-line'), colour(ground)), ground).toBeGreaterThanOrEqual(3);
    }
  });
});
