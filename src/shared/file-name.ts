/** Names that Windows keeps for devices, whatever follows behind a dot. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/;

/**
 * A name as part of a path, the same on every file system: no two names share one, not even where `A` and `a` are the same
 * file, and people can still read it. Lower-case letters, digits, `_`, `-` and dots inside stay as they are; the others
 * are written with `=` in front: `Anna` as `=anna`, `p:1` as `p=+1`.
 *
 * @param name of a device: letters, digits and `_ . : -`
 */
export function fileNameOf(name: string): string {
  const escaped = name
    .replaceAll('=', '==')
    .replaceAll(/[A-Z]/g, (letter) => `=${letter.toLowerCase()}`)
    .replaceAll(':', '=+')
    // Windows drops a dot at the end.
    .replace(/\.$/, '=-');
  return RESERVED.test(escaped) ? `=_${escaped}` : escaped;
}
