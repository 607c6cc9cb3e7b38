import type { DeviceId } from '../../domain/ids.js';
import type {
  ApparelPoint,
  CompanyPoint,
  Expiry,
  ResultBatch,
  StatusPoint,
  Store,
  StoredWindow,
  TimeRange,
  WriteReport,
} from '../../domain/store.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import { makeFolder } from '../../shared/files.js';
import { checkDataFile } from '../lmdb/data-file.js';
import { commitReason, makeSound, type SoundFolder } from '../lmdb/open-folder.js';
import { rewriteFolder } from '../lmdb/rewrite-folder.js';
import { keepStorable, pointCount, toMicrosecondRange, UNSTORABLE } from '../points.js';
import {
  devicesOf,
  endOf,
  expireBySubject,
  expireByTime,
  openTables,
  putApparel,
  putCompany,
  putStatus,
  putWindow,
  readLastBefore,
  readRange,
  removeRange,
  subjectsOf,
  type Tables,
  toApparel,
  toCompany,
  toStatus,
  toWindow,
} from './lmdb-tables.js';

export interface LmdbStoreOptions {
  /** Folder of the store; made if it is not there. */
  readonly path: string;
  /** Has the folder gone through first, and set aside if it is damaged; otherwise only its head is looked at. */
  readonly check?: Omit<SoundFolder, 'path'>;
}

/**
 * Opens the embedded store: results in one folder, no server, crash safe.
 *
 * A write resolves when its points are on the disk, not only handed to the operating system; writes that come together are
 * flushed together.
 *
 * @throws GatewayError `STORE_UNAVAILABLE` when the folder cannot be used
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<Store> {
  try {
    if (options.check === undefined) await makeFolder(options.path);
    else await makeSound({ ...options.check, path: options.path });
    await checkDataFile(options.path);
    return new LmdbStore(options.path, openTables(options.path));
  } catch (error) {
    throw new GatewayError(
      'STORE_UNAVAILABLE',
      `The embedded store cannot be opened in ${options.path}: ${messageOf(error)}; ` +
        'the folder must be writable and hold nothing but the store (setting store.path)',
      { cause: error },
    );
  }
}

class LmdbStore implements Store {
  readonly #path: string;
  #tables: Tables;
  readonly #running = new Set<Promise<unknown>>();
  /** What everything else has to wait for. */
  #rewriting: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(path: string, tables: Tables) {
    this.#path = path;
    this.#tables = tables;
  }

  write(batch: ResultBatch): Promise<WriteReport> {
    return this.#run(async (tables) => {
      const { batch: storable, refused, refusedWindows } = keepStorable(batch);
      const written = pointCount(storable);
      if (written > 0) await this.#commit(tables, storable);
      return { written, refused, refusedWindows, refusal: refused > 0 ? UNSTORABLE : undefined };
    });
  }

  windows(device: DeviceId, range: TimeRange, limit: number): Promise<StoredWindow[]> {
    return this.#run(async ({ windows }) => {
      const { from, to } = toMicrosecondRange(range);
      return await readRange(windows, { start: [device, from], end: [device, to], limit }, toWindow);
    });
  }

  statuses(device: DeviceId, target: string, range: TimeRange): Promise<StatusPoint[]> {
    return this.#run(async ({ statuses }) => {
      const { from, to } = toMicrosecondRange(range);
      const before = readLastBefore(statuses, [device, target], [device, target, from]);
      const start = [device, target, from];
      const within = await readRange(statuses, { start, end: [device, target, to] }, toStatus);
      return [...before.map(toStatus), ...within];
    });
  }

  apparel(device: DeviceId, range: TimeRange): Promise<ApparelPoint[]> {
    return this.#run(async ({ apparel }) => {
      const { from, to } = toMicrosecondRange(range);
      return await readRange(apparel, { start: [device, from], end: [device, to] }, toApparel);
    });
  }

  company(device: DeviceId, range: TimeRange): Promise<CompanyPoint[]> {
    return this.#run(async ({ company }) => {
      const { from, to } = toMicrosecondRange(range);
      const points: CompanyPoint[] = [];
      for (const other of subjectsOf(company, device)) {
        const before = readLastBefore(company, [device, other], [device, other, from]);
        const start = [device, other, from];
        const within = await readRange(company, { start, end: [device, other, to] }, toCompany);
        for (const point of [...before.map(toCompany), ...within]) points.push(point);
      }
      return points.sort((a, b) => a.sinceMs - b.sinceMs);
    });
  }

  devices(): Promise<DeviceId[]> {
    return this.#run(({ windows, statuses, apparel, company }) => {
      const all = [
        ...devicesOf(windows),
        ...devicesOf(statuses),
        ...devicesOf(apparel),
        ...devicesOf(company),
      ];
      return [...new Set(all)].sort();
    });
  }

  /** What was deleted keeps its bytes in the file, so it is written again without them. */
  async forget(device: DeviceId): Promise<void> {
    const end = endOf(device);
    await this.#change(async (tables) => {
      await removeRange(tables.root, tables.windows, [device], end);
      await removeRange(tables.root, tables.statuses, [device], end);
      await removeRange(tables.root, tables.apparel, [device], end);
      for (const other of subjectsOf(tables.company, device)) {
        await removeRange(
          tables.root,
          tables.company,
          [other, device],
          [other, device, Number.POSITIVE_INFINITY],
        );
      }
      await removeRange(tables.root, tables.company, [device], end);
    });
    await this.#rewrite();
  }

  async expire({
    windowsBeforeMs,
    statusesBeforeMs,
    apparelBeforeMs,
    companyBeforeMs,
  }: Expiry): Promise<void> {
    await this.#change(async (tables) => {
      await expireByTime(tables, tables.windows, windowsBeforeMs);
      await expireByTime(tables, tables.apparel, apparelBeforeMs);
      await expireBySubject(tables, tables.statuses, statusesBeforeMs);
      await expireBySubject(tables, tables.company, companyBeforeMs);
    });
  }

  async ping(): Promise<void> {
    await this.#run(({ windows }) => [...windows.getKeys({ limit: 1 })]);
  }

  /** Waits for what is running, then closes; a second call does nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled([...this.#running, this.#rewriting]);
    await this.#tables.root.close();
  }

  /** Runs a task so that closing waits for it: reading a closed memory map would end the process. */
  #run<T>(task: (tables: Tables) => T | Promise<T>): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new GatewayError('CLOSED', `The embedded store in ${this.#path} is closed`));
    }
    const running = this.#rewriting.then(() => task(this.#tables));
    this.#running.add(running);
    const forget = () => this.#running.delete(running);
    running.then(forget, forget);
    return running;
  }

  async #commit(tables: Tables, batch: ResultBatch): Promise<void> {
    await this.#kept(() =>
      tables.root.batch(() => {
        for (const window of batch.windows) putWindow(tables, window);
        for (const point of batch.statuses) putStatus(tables, point);
        for (const point of batch.apparel) putApparel(tables, point);
        for (const point of batch.company) putCompany(tables, point);
      }),
    );
  }

  #change(change: (tables: Tables) => Promise<void>): Promise<void> {
    return this.#run((tables) => this.#kept(() => change(tables)));
  }

  /** Puts the file again in its place, with what is in it now and nothing of what was. */
  async #rewrite(): Promise<void> {
    const rewriting = this.#rewriting.then(() => this.#exchangeFile());
    this.#rewriting = rewriting.catch(() => undefined);
    await rewriting;
  }

  async #exchangeFile(): Promise<void> {
    await Promise.allSettled(this.#running);
    try {
      await rewriteFolder(this.#path, this.#tables.root);
    } catch (error) {
      const words = `results were removed, but the file in ${this.#path} still holds their bytes`;
      throw new GatewayError('STORE_UNAVAILABLE', `${words}: ${messageOf(error)}`, { retryable: true });
    } finally {
      this.#reopen();
    }
  }

  #reopen(): void {
    try {
      this.#tables = openTables(this.#path);
    } catch (error) {
      this.#closed = true;
      throw error;
    }
  }

  /** Makes sure that a change is on the disk. */
  async #kept(change: () => Promise<unknown>): Promise<void> {
    try {
      await change();
    } catch (error) {
      throw new GatewayError(
        'STORE_UNAVAILABLE',
        `The embedded store in ${this.#path} could not be written: ${await commitReason(error)}; ` +
          'is the disk full or read-only?',
        { retryable: true, cause: error },
      );
    }
  }
}
