/**
 * Reads text, without the byte order mark that some editors put before it.
 *
 * @throws SyntaxError when it is UTF-16, as other editors save it
 */
export function textOf(bytes: Uint8Array): string {
  if (isUtf16(bytes)) throw new SyntaxError('it is UTF-16; save or send it as UTF-8');
  return new TextDecoder().decode(bytes);
}

/**
 * Parses JSON of UTF-8, with or without a byte order mark.
 *
 * @throws SyntaxError saying what is wrong
 */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(textOf(bytes));
}

/** By its mark, or by the zero byte beside a first character of ASCII. */
function isUtf16([first, second]: Uint8Array): boolean {
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return hasMark || first === 0 || second === 0;
}
