import type { DeviceId } from '../../domain/ids.js';
import type { Store, StoredWindow, TimeRange } from '../../domain/store.js';

/** Windows read from the store at once. */
const PAGE_WINDOWS = 1000;

export interface WindowQuery {
  readonly device: DeviceId;
  readonly range: TimeRange;
  /** Only windows of this model; all when `undefined`. */
  readonly model: string | undefined;
  /** Without windows of these models. */
  readonly except?: ReadonlySet<string>;
}

/**
 * Reads windows page by page, oldest first; yields no empty page.
 *
 * The next page begins at the last one's end time, since windows of several models may share it, and leaves out
 * what was read before.
 */
export async function* readWindowPages(
  store: Pick<Store, 'windows'>,
  { device, range, model, except }: WindowQuery,
  pageWindows: number = PAGE_WINDOWS,
): AsyncGenerator<StoredWindow[], undefined> {
  let fromMs = range.fromMs;
  let models = new Set<string>();
  let sharing = 0;
  for (;;) {
    const limit = pageWindows + sharing;
    const page = await store.windows(device, { fromMs, toMs: range.toMs }, limit);
    const fresh = page.filter((window) => window.endMs !== fromMs || !models.has(window.model));
    const isWanted = (window: StoredWindow): boolean =>
      model === undefined ? except?.has(window.model) !== true : window.model === model;
    const wanted = fresh.filter(isWanted);
    if (wanted.length > 0) yield wanted;
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return undefined;
    fromMs = last.endMs;
    models = new Set(page.filter(({ endMs }) => endMs === last.endMs).map((window) => window.model));
    sharing = models.size;
  }
}

/** Writes `{device, windows, truncated}` in pieces, at most `limit` windows. */
export async function* writeWindowsAnswer(
  device: DeviceId,
  first: readonly StoredWindow[],
  rest: AsyncGenerator<StoredWindow[], undefined>,
  limit: number,
): AsyncGenerator<string, undefined> {
  yield `{"device":${JSON.stringify(device)},"windows":[`;
  let left = limit;
  let separator = '';
  let page: readonly StoredWindow[] | undefined = first;
  let truncated = false;
  while (page !== undefined && !truncated) {
    const taken = page.slice(0, left);
    if (taken.length > 0) {
      yield separator + taken.map(writeWindow).join(',');
      separator = ',';
    }
    left -= taken.length;
    truncated = taken.length < page.length;
    page = truncated ? undefined : (await rest.next()).value;
  }
  yield `],"truncated":${truncated}}`;
  return undefined;
}

function writeWindow(window: StoredWindow): string {
  const { startMs, endMs, model, coverage, meanDeltaMs, maxDeltaMs, probabilities } = window;
  return JSON.stringify({ startMs, endMs, model, coverage, meanDeltaMs, maxDeltaMs, probabilities });
}
