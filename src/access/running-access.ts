import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { SharedRecords } from '../domain/shared-records.js';
import type { Clock } from '../shared/clock.js';
import { GatewayError, isMissing, messageOf } from '../shared/errors.js';
import { watchFolders } from '../shared/files.js';
import { AccessControl } from './access-control.js';
import {
  type AccessRecords,
  accessFile,
  lastUsedFile,
  readAccessFile,
  writeLastUsed,
} from './access-file.js';
import { type Binding, bindingProblems, exposureOf } from './binding.js';
import { sharedCredentials } from './shared-credentials.js';

export interface AccessOptions {
  readonly dataDir: string;
  readonly binding: Binding;
  readonly clock: Clock;
  /** Credentials were read: at the start, and whenever the file changed. */
  readonly onLoaded: (counts: { readonly devices: number; readonly tokens: number }) => void;
  /** The file could not be read, or its companion not be written; what was in force stays so. */
  readonly onProblem: (words: string) => void;
  /** How often the file is looked at although nothing was seen to change, milliseconds. @defaultValue 1_000 */
  readonly pollMs?: number;
}

/** Credentials in force, kept up to date with their file. */
export interface RunningAccess extends AsyncDisposable {
  readonly control: AccessControl;
  /** The same at all gateways. */
  readonly shared: SharedRecords;
  /** Reads the file now instead of at the next look. */
  reload(): Promise<void>;
}

/** A change must count within about a second, also where the file system does not tell of it. */
const POLL_MS = 1000;
/** How often it is noted when credentials were last used. */
const USE_WRITE_MS = 300_000;

/**
 * Reads the credentials of a data folder and follows changes that commands make to them.
 *
 * @throws GatewayError `CONFIG_INVALID` when the file is damaged, or when the gateway may not listen where it is to
 */
export async function startAccess(options: AccessOptions): Promise<RunningAccess> {
  const path = accessFile(options.dataDir);
  const signature = await signatureOf(path);
  const records = await readAccessFile(path);
  const problems = bindingProblems(options.binding, records);
  if (problems.length > 0) throw new GatewayError('CONFIG_INVALID', problems.join('\n'));
  const access = new AccessFollower(options, path, signature, records);
  access.start();
  return access;
}

class AccessFollower implements RunningAccess {
  readonly control: AccessControl;
  readonly shared: SharedRecords;
  readonly #options: AccessOptions;
  readonly #path: string;
  #signature: string;
  #records: AccessRecords;
  #lookedAtMs: number;
  #usedWrittenAtMs: number;
  #timer: NodeJS.Timeout | undefined;
  #watch: Disposable | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: AccessOptions, path: string, signature: string, records: AccessRecords) {
    const { binding, clock } = options;
    this.#options = options;
    this.#path = path;
    this.#signature = signature;
    this.#records = records;
    this.#lookedAtMs = clock.nowMs();
    this.#usedWrittenAtMs = clock.nowMs();
    this.control = new AccessControl({ clock, exposed: exposureOf(binding) }, records);
    this.shared = sharedCredentials({
      path,
      changes$: this.control.changes$,
      records: () => this.#records,
      reload: () => this.reload(),
    });
  }

  start(): void {
    this.#report();
    this.#timer = setInterval(() => void this.reload(), this.#options.pollMs ?? POLL_MS);
    this.#watch = watchFolders(
      [dirname(this.#path)],
      () => void this.reload(),
      (name) => name === basename(this.#path),
    );
  }

  reload(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#watch?.[Symbol.dispose]();
    await this.#looking;
    await this.#writeUse();
  }

  async #look(): Promise<void> {
    try {
      const signature = await signatureOf(this.#path);
      if (signature !== this.#signature) await this.#load(signature);
    } catch (error) {
      this.#options.onProblem(`${messageOf(error)}; the credentials read before stay in force`);
    }
    const nowMs = this.#options.clock.nowMs();
    this.control.noteTime(this.#lookedAtMs, nowMs);
    this.#lookedAtMs = nowMs;
    if (nowMs - this.#usedWrittenAtMs >= USE_WRITE_MS) await this.#writeUse();
  }

  /** A file that vanished is a mistake: without it everybody would be let in. */
  async #load(signature: string): Promise<void> {
    if (signature === MISSING) {
      this.#signature = signature;
      throw new GatewayError('CONFIG_INVALID', `${this.#path} is gone`);
    }
    // Noted first, so that a damaged file is reported once and not at every look.
    this.#signature = signature;
    this.#records = await readAccessFile(this.#path);
    this.control.replace(this.#records);
    this.#report();
  }

  #report(): void {
    const { devices, tokens } = this.#records;
    this.#options.onLoaded({ devices: devices.length, tokens: tokens.length });
  }

  async #writeUse(): Promise<void> {
    this.#usedWrittenAtMs = this.#options.clock.nowMs();
    if (this.control.lastUsed.size === 0) return;
    const there = new Set([
      ...this.#records.devices.map(({ name }) => `device/${name}`),
      ...this.#records.tokens.map(({ id }) => `token/${id}`),
    ]);
    try {
      await writeLastUsed(lastUsedFile(this.#options.dataDir), this.control.lastUsed, (key) =>
        there.has(key),
      );
    } catch (error) {
      this.#options.onProblem(`when credentials were last used cannot be noted: ${messageOf(error)}`);
    }
  }
}

const MISSING = 'missing';

/** What changes whenever the file is replaced. */
async function signatureOf(path: string): Promise<string> {
  try {
    const { mtimeNs, ino, size } = await stat(path, { bigint: true });
    return `${ino}/${size}/${mtimeNs}`;
  } catch (error) {
    if (isMissing(error)) return MISSING;
    throw error;
  }
}
