import type { FileHandle } from 'node:fs/promises';

/**
 * Appends lines to a file, in one write, and puts them on the disk. What a write that was cut short has left, on a full disk
 * or by the end of the process, stays a line of its own.
 *
 * @param file open for reading and appending
 */
export async function appendLines(file: FileHandle, lines: readonly string[]): Promise<void> {
  const { size } = await file.stat();
  const isCut = size > 0 && !(await endsWithNewline(file, size));
  const text = lines.map((line) => `${line}\n`).join('');
  await file.appendFile(isCut ? `\n${text}` : text);
  await file.sync();
}

async function endsWithNewline(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer.toString() === '\n';
}
