import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { GatewayError, messageOf, undefinedIfMissing } from '../../shared/errors.js';
import { appendLines, makeFolder } from '../../shared/files.js';

/** Something that will not be delivered, with the receiver's words. */
export interface DeadLetter {
  /** When it was given up, epoch milliseconds. */
  readonly atMs: number;
  readonly words: string;
  /** Plain JSON; what it means is between those who write and those who read. */
  readonly payload: unknown;
}

export interface DeadLetterFileOptions {
  /** Folder of all dead letters; made when it is first needed. */
  readonly folder: string;
  /** Name of the destination; the file is `<name>.ndjson`. */
  readonly name: string;
  /** A file that has grown beyond this is put away under a name with the time. @defaultValue 16 MiB */
  readonly maxFileBytes?: number;
  /** Files kept besides the one being written; older ones are deleted. @defaultValue 8 */
  readonly maxOldFiles?: number;
}

/** Letters of one file, for someone who looks after them. */
export interface DeadLetterBatch {
  readonly letters: readonly DeadLetter[];
  /** Lines that cannot be read, such as one cut short by a power failure. */
  readonly damagedLines: number;
  /** Keeps these letters in place of all, or, when there are none, deletes the file; damaged lines go. */
  replace(left: readonly DeadLetter[]): Promise<void>;
}

const letterSchema = z.object({ atMs: z.number(), words: z.string(), payload: z.unknown() });

/**
 * Dead letters of one destination: lines of JSON in files that are only ever appended to, so that a process may look
 * after old ones while another writes.
 */
export class DeadLetterFile {
  readonly #folder: string;
  readonly #name: string;
  readonly #path: string;
  readonly #maxFileBytes: number;
  readonly #maxOldFiles: number;

  constructor({ folder, name, maxFileBytes = 16 * 1024 * 1024, maxOldFiles = 8 }: DeadLetterFileOptions) {
    this.#folder = folder;
    this.#name = name;
    this.#path = join(folder, `${name}.ndjson`);
    this.#maxFileBytes = maxFileBytes;
    this.#maxOldFiles = maxOldFiles;
  }

  /**
   * Resolves when the letters are on the disk, to how many old ones had to be deleted for them.
   *
   * @throws GatewayError `OUTBOX_UNAVAILABLE` (retryable) when they cannot be kept
   */
  async append(letters: readonly DeadLetter[]): Promise<number> {
    if (letters.length === 0) return 0;
    try {
      await makeFolder(this.#folder);
      const lines = letters.map((letter) => JSON.stringify(letter));
      // A file that was put away while it was being written may have been read already: once more, into the new one.
      while (!(await this.#write(lines)));
      return await this.#rotate(letters[0]?.atMs ?? 0);
    } catch (error) {
      throw new GatewayError(
        'OUTBOX_UNAVAILABLE',
        `dead letters cannot be written to ${this.#path}: ${messageOf(error)}; is the disk full or read-only?`,
        { retryable: true, cause: error },
      );
    }
  }

  /**
   * All letters, file by file, oldest first, when they are to be changed: puts the current file away first, so that no one
   * writes to what is given.
   *
   * @param nowMs epoch milliseconds
   */
  async *take(nowMs: number): AsyncGenerator<DeadLetterBatch> {
    await this.#putAway(nowMs);
    for (const file of await this.#oldFiles()) yield await this.#batchOf(file);
  }

  /** All letters, file by file, oldest first, only to be looked at. */
  async *read(): AsyncGenerator<Omit<DeadLetterBatch, 'replace'>> {
    for (const file of [...(await this.#oldFiles()), `${this.#name}.ndjson`]) yield await this.#batchOf(file);
  }

  /** Resolves to whether what was written is in the current file. */
  async #write(lines: readonly string[]): Promise<boolean> {
    await using file = await open(this.#path, 'a+');
    const { ino } = await file.stat();
    await appendLines(file, lines);
    const current = await stat(this.#path).catch(() => undefined);
    return current?.ino === ino;
  }

  async #rotate(nowMs: number): Promise<number> {
    if ((await stat(this.#path)).size < this.#maxFileBytes) return 0;
    await this.#putAway(nowMs);
    const old = await this.#oldFiles();
    let deleted = 0;
    for (const file of old.slice(0, Math.max(0, old.length - this.#maxOldFiles))) {
      deleted += (await this.#batchOf(file)).letters.length;
      await rm(join(this.#folder, file), { force: true });
    }
    return deleted;
  }

  /** Renames the current file to a time behind those of all others. */
  async #putAway(nowMs: number): Promise<void> {
    const newestMs = (await this.#oldTimes()).at(-1) ?? 0;
    const old = this.#oldName(Math.max(Math.floor(nowMs), newestMs + 1));
    await rename(this.#path, join(this.#folder, old)).catch(undefinedIfMissing);
  }

  /** When the old files were put away, epoch milliseconds, in order. */
  async #oldTimes(): Promise<number[]> {
    const files = (await readdir(this.#folder).catch(undefinedIfMissing)) ?? [];
    const times = files.map((file) => Number(/\.(\d+)\.ndjson$/.exec(file)?.[1]));
    return times.filter((timeMs, index) => files[index] === this.#oldName(timeMs)).sort((a, b) => a - b);
  }

  async #oldFiles(): Promise<string[]> {
    return (await this.#oldTimes()).map((timeMs) => this.#oldName(timeMs));
  }

  #oldName(timeMs: number): string {
    return `${this.#name}.${timeMs}.ndjson`;
  }

  async #batchOf(file: string): Promise<DeadLetterBatch> {
    const path = join(this.#folder, file);
    const text = (await readFile(path, 'utf8').catch(undefinedIfMissing)) ?? '';
    const lines = text.split('\n').filter((line) => line !== '');
    const letters = lines.flatMap(letterOf);
    return {
      letters,
      damagedLines: lines.length - letters.length,
      replace: (left) => replaceFile(path, left),
    };
  }
}

/** Puts a file with these letters in place of another, whole or not at all. */
async function replaceFile(path: string, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) {
    await rm(path, { force: true });
    return;
  }
  const draft = `${path}.draft`;
  await using file = await open(draft, 'w');
  await file.writeFile(letters.map((letter) => `${JSON.stringify(letter)}\n`).join(''));
  await file.sync();
  await rename(draft, path);
}

function letterOf(line: string): DeadLetter[] {
  try {
    const { data } = letterSchema.safeParse(JSON.parse(line));
    return data === undefined ? [] : [data];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
