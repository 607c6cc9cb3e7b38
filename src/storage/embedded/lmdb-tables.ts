import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Database, type Key, open, type RootDatabase } from 'lmdb';
import type { CompanyStatus } from '../../domain/company.js';
import type { DeviceId } from '../../domain/ids.js';
import type { Status } from '../../domain/status.js';
import type { ApparelPoint, CompanyPoint, StatusPoint, StoredWindow } from '../../domain/store.js';
import { OPEN_OPTIONS } from '../lmdb/open-options.js';
import { fromMicroseconds, toMicroseconds } from '../points.js';

/** Device, end in microseconds, model: the windows of a device lie in the order in which they are asked for. */
type WindowKey = [device: DeviceId, endMicroseconds: number, model: string];
type WindowRow = [
  startMs: number,
  coverage: number,
  meanDeltaMs: number,
  maxDeltaMs: number,
  probabilities: Readonly<Record<string, number>>,
];
type StatusKey = [device: DeviceId, target: string, atMicroseconds: number];
type StatusRow = [status: Status, confidence: number];
type ApparelKey = [device: DeviceId, atMicroseconds: number, label: string];
/** A probability alone is a row without a model. */
type ApparelRow = number | [probability: number, model: string, people: readonly number[]];
type CompanyKey = [device: DeviceId, other: DeviceId, sinceMicroseconds: number];
type CompanyRow = [status: CompanyStatus, probability: number];

/** The sub-databases of an embedded store. */
export interface Tables {
  readonly root: RootDatabase;
  readonly windows: Database<WindowRow, WindowKey>;
  readonly statuses: Database<StatusRow, StatusKey>;
  readonly apparel: Database<ApparelRow, ApparelKey>;
  readonly company: Database<CompanyRow, CompanyKey>;
}

/** Entries read at once; between two such pages other work of the thread gets its turn. */
const PAGE_ENTRIES = 1000;

/** Opens the sub-databases in a folder. Whatever is wrong with the folder is thrown as the library throws it. */
export function openTables(path: string): Tables {
  const root = open({ path, ...OPEN_OPTIONS });
  return {
    root,
    windows: root.openDB({ name: 'windows' }),
    statuses: root.openDB({ name: 'statuses' }),
    apparel: root.openDB({ name: 'apparel' }),
    company: root.openDB({ name: 'company' }),
  };
}

export function putWindow(tables: Tables, window: StoredWindow): void {
  void tables.windows.put(
    [window.device, toMicroseconds(window.endMs), window.model],
    [window.startMs, window.coverage, window.meanDeltaMs, window.maxDeltaMs, window.probabilities],
  );
}

export function putStatus(tables: Tables, point: StatusPoint): void {
  void tables.statuses.put(
    [point.device, point.target, toMicroseconds(point.atMs)],
    [point.status, point.confidence],
  );
}

export function putApparel(tables: Tables, { device, atMs, label, ...point }: ApparelPoint): void {
  const { probability, model, people = [] } = point;
  const row: ApparelRow = model === undefined ? probability : [probability, model, people];
  void tables.apparel.put([device, toMicroseconds(atMs), label], row);
}

export function putCompany(tables: Tables, point: CompanyPoint): void {
  void tables.company.put(
    [point.device, point.with, toMicroseconds(point.sinceMs)],
    [point.status, point.probability],
  );
}

type Entry<V, K> = { readonly key: K; readonly value: V };

interface EntryRange {
  readonly start: Key;
  readonly end: Key;
  /** @defaultValue all */
  readonly limit?: number;
}

export function toWindow({ key, value }: Entry<WindowRow, WindowKey>): StoredWindow {
  const [device, endMicroseconds, model] = key;
  const [startMs, coverage, meanDeltaMs, maxDeltaMs, probabilities] = value;
  const endMs = fromMicroseconds(endMicroseconds);
  return { device, model, startMs, endMs, coverage, meanDeltaMs, maxDeltaMs, probabilities };
}

export function toStatus({ key, value }: Entry<StatusRow, StatusKey>): StatusPoint {
  const [device, target, atMicroseconds] = key;
  const [status, confidence] = value;
  return { device, target, atMs: fromMicroseconds(atMicroseconds), status, confidence };
}

export function toApparel({ key, value }: Entry<ApparelRow, ApparelKey>): ApparelPoint {
  const [device, atMicroseconds, label] = key;
  const at = { device, label, atMs: fromMicroseconds(atMicroseconds) };
  if (typeof value === 'number') return { ...at, probability: value };
  const [probability, model, people] = value;
  return { ...at, probability, model, ...(people.length === 0 ? {} : { people }) };
}

export function toCompany({ key, value }: Entry<CompanyRow, CompanyKey>): CompanyPoint {
  const [device, other, sinceMicroseconds] = key;
  const [status, probability] = value;
  return { device, with: other, sinceMs: fromMicroseconds(sinceMicroseconds), status, probability };
}

/**
 * What is made of the entries with `start <= key < end`, in ascending order, of `limit` at most. No list of entries lies in
 * between: of a month of heartbeats it took ten times as long as the reading.
 */
export async function readRange<V, K extends Key, P>(
  table: Database<V, K>,
  { start, end, limit = Number.POSITIVE_INFINITY }: EntryRange,
  toPoint: (entry: Entry<V, K>) => P,
): Promise<P[]> {
  const found: P[] = [];
  let from: { start: Key; exclusiveStart: boolean } = { start, exclusiveStart: false };
  while (found.length < limit) {
    const countBefore = found.length;
    const pageEntries = Math.min(PAGE_ENTRIES, limit - countBefore);
    let last: K | undefined;
    for (const entry of table.getRange({ ...from, end, limit: pageEntries })) {
      found.push(toPoint(entry));
      last = entry.key;
    }
    if (last === undefined || found.length - countBefore < PAGE_ENTRIES) break;
    from = { start: last, exclusiveStart: true };
    await nextTurn();
  }
  return found;
}

/** The last entry with a key in `[start, end)`, as a list of one or none. */
export function readLastBefore<V, K extends Key>(table: Database<V, K>, start: Key, end: Key): Entry<V, K>[] {
  // Read backwards, a range starts at its upper bound.
  return [...table.getRange({ start: end, exclusiveStart: true, end: start, reverse: true, limit: 1 })];
}

/** Removes the entries with `start <= key < end`, some at a time, so that other work of the thread gets its turn. */
export async function removeRange<V, K extends Key>(
  root: RootDatabase,
  table: Database<V, K>,
  start: Key,
  end: Key,
): Promise<void> {
  for (;;) {
    const keys = [...table.getKeys({ start, end, limit: PAGE_ENTRIES })];
    if (keys.length === 0) return;
    await root.batch(() => {
      for (const key of keys) void table.remove(key);
    });
  }
}

/** Where a device's entries end: a blank sorts behind the end of a name and before every character it may have. */
export function endOf(device: DeviceId): Key {
  return [`${device} `];
}

/** What a device has entries of, such as targets, in a table whose keys name it behind the device: one step from each to the next. */
export function subjectsOf<V, S extends string>(
  table: Database<V, [DeviceId, S, number]>,
  device: DeviceId,
): S[] {
  const subjects: S[] = [];
  for (;;) {
    const last = subjects.at(-1);
    const start = last === undefined ? [device] : [device, last, Number.POSITIVE_INFINITY];
    const [next] = [...table.getKeys({ start, end: endOf(device), limit: 1 })];
    if (next === undefined) return subjects;
    subjects.push(next[1]);
  }
}

/** Devices that have entries in a table: one step from each to the next, not one an entry. */
export function devicesOf<V, K extends [DeviceId, ...Key[]]>(table: Database<V, K>): DeviceId[] {
  const devices: DeviceId[] = [];
  for (;;) {
    const last = devices.at(-1);
    const range = last === undefined ? { limit: 1 } : { start: endOf(last), limit: 1 };
    const [next] = [...table.getKeys(range)];
    if (next === undefined) return devices;
    devices.push(next[0]);
  }
}

/** Removes the entries before a time of a table whose keys begin with device and time; none without a time. */
export async function expireByTime<V, K extends [DeviceId, number, ...Key[]]>(
  { root }: Tables,
  table: Database<V, K>,
  beforeMs: number | undefined,
): Promise<void> {
  if (beforeMs === undefined) return;
  const before = toMicroseconds(beforeMs);
  for (const device of devicesOf(table)) await removeRange(root, table, [device], [device, before]);
}

/** The same for a table whose keys name something between device and time. */
export async function expireBySubject<V, S extends string>(
  { root }: Tables,
  table: Database<V, [DeviceId, S, number]>,
  beforeMs: number | undefined,
): Promise<void> {
  if (beforeMs === undefined) return;
  const before = toMicroseconds(beforeMs);
  for (const device of devicesOf(table)) {
    for (const subject of subjectsOf(table, device)) {
      await removeRange(root, table, [device, subject], [device, subject, before]);
    }
  }
}
