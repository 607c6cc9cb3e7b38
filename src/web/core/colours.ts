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
