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

const MOST_CHANGES = 3;

/**
 * The word that was most likely meant; `undefined` when none is close.
 *
 * @param mostChanges letters that may differ; by default a third of the word's
 */
export function closestWord(
  word: string,
  known: readonly string[],
  mostChanges = Math.min(MOST_CHANGES, Math.max(1, Math.floor(word.length / 3))),
): string | undefined {
  const ranked = known
    .map((candidate) => ({
      candidate,
      changes: changesBetween(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ changes }) => changes <= mostChanges)
    .sort((a, b) => a.changes - b.changes);
  return ranked[0]?.candidate;
}

/** Letters to insert, remove, replace or swap with their neighbour until one word is the other. */
function changesBetween(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
