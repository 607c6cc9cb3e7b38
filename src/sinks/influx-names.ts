/**
 * Names that InfluxDB would drop or mix up with our own columns: `time` as a field is silently ignored, and a field named
 * like a tag answers as `device_1`.
 */
export const OWN_COLUMNS = [
  'time',
  'device',
  'model',
  'target',
  'label',
  'start_ms',
  'coverage',
  'mean_delta_ms',
  'max_delta_ms',
] as const;

const ENCODED = /%([0-9A-F]{2})/g;

/**
 * Makes any name safe as a tag value or field key of the line protocol, which has no way to write a line break and takes a
 * backslash before a separator for an escape. Ordinary names stay as they are.
 */
export function encodeName(name: string): string {
  if (isOwnColumn(name)) return percent(name.charAt(0)) + name.slice(1);
  return Array.from(name, (character) => (needsEncoding(character) ? percent(character) : character)).join(
    '',
  );
}

/** Inverse of {@link encodeName}. */
export function decodeName(text: string): string {
  return text.replace(ENCODED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function isOwnColumn(name: string): boolean {
  return OWN_COLUMNS.some((column) => column === name);
}

/** Control characters, the backslash, and the percent sign itself. */
function needsEncoding(character: string): boolean {
  return character < ' ' || character === '\x7f' || character === '\\' || character === '%';
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
