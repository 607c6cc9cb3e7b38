import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { parseRangeQuery, type RangeChoice, rangeQuery } from '../core/range.js';

/** What the page shows, as its address says after `#`: `#/devices/anna?range=6h`. */
export type Route =
  | { readonly page: 'devices' }
  | { readonly page: 'device'; readonly device: string }
  | { readonly page: 'gateway' }
  | { readonly page: 'notifications' };

export function parseRoute(hash: string): Route {
  const [page, name] = pathOf(hash).split('/');
  if (page === 'devices' && name !== undefined && name !== '') {
    return { page: 'device', device: decode(name) };
  }
  if (page === 'gateway' || page === 'notifications') return { page };
  return { page: 'devices' };
}

export function linkTo(route: Route): string {
  return route.page === 'device' ? `#/devices/${encodeURIComponent(route.device)}` : `#/${route.page}`;
}

export interface Router {
  /** What links and the browser's buttons lead to. */
  readonly route: ReadonlySignal<Route>;
  /** The time that is looked at; it stays from page to page. */
  readonly choice: Signal<RangeChoice>;
}

/** Keeps address, page and range the same: a range that somebody chooses can be gone back from and sent to others. */
export function createRouter(initial: RangeChoice): Router {
  const route = signal(parseRoute(location.hash));
  const choice = signal(parseRangeQuery(queryOf(location.hash)) ?? initial);
  addEventListener('hashchange', () => {
    route.value = parseRoute(location.hash);
    const wanted = parseRangeQuery(queryOf(location.hash));
    if (wanted !== undefined && rangeQuery(wanted) !== rangeQuery(choice.value)) choice.value = wanted;
    else writeRange(choice.value);
  });
  writeRange(choice.peek());
  effect(() => {
    const query = rangeQuery(choice.value);
    if (hasRange(route.peek()) && queryOf(location.hash) !== query)
      location.hash = `${pathWithin()}?${query}`;
  });
  return { route, choice };
}

/** A link that says nothing of the range gets the one in force; that is no step of its own for the back button. */
function writeRange(choice: RangeChoice): void {
  if (!hasRange(parseRoute(location.hash)) || queryOf(location.hash) === rangeQuery(choice)) return;
  history.replaceState(history.state, '', `${pathWithin()}?${rangeQuery(choice)}`);
}

function hasRange({ page }: Route): boolean {
  return page === 'devices' || page === 'device';
}

function pathWithin(): string {
  return linkTo(parseRoute(location.hash));
}

function pathOf(hash: string): string {
  return hash.replace(/^#\/?/, '').split('?')[0] ?? '';
}

function queryOf(hash: string): string {
  return hash.split('?')[1] ?? '';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
