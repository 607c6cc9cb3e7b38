/** The names that a target's colours have in the style sheet, by its place among the targets. */
const NAMES = ['first', 'second', 'third'] as const;

export interface TargetColours {
  readonly yes: string;
  readonly no: string;
}

/** Custom properties of a target's colours, for styles. */
export function colourNames(place: number): TargetColours {
  const name = NAMES[place % NAMES.length] ?? 'first';
  return { yes: `--${name}`, no: `--${name}-no` };
}

/** What a custom property is worth in the theme in force, for canvases. */
export function colourOf(property: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(property).trim();
}

/** Lines across a ground: what is unknown looks the same in the legend, in narrow bands and in the chart. */
export const HATCH_PIXELS = 6;

/** The hatch of what is unknown, for canvases. */
export function hatchTile(): HTMLCanvasElement {
  const tile = document.createElement('canvas');
  tile.width = HATCH_PIXELS;
  tile.height = HATCH_PIXELS;
  const context = tile.getContext('2d');
  if (context === null) return tile;
  context.fillStyle = colourOf('--unknown');
  context.fillRect(0, 0, HATCH_PIXELS, HATCH_PIXELS);
  context.strokeStyle = colourOf('--unknown-line');
  context.lineWidth = 1.5;
  context.beginPath();
  for (const left of [-HATCH_PIXELS, 0, HATCH_PIXELS]) {
    context.moveTo(left - 1, HATCH_PIXELS + 1);
    context.lineTo(left + HATCH_PIXELS + 1, -1);
  }
  context.stroke();
  return tile;
}
