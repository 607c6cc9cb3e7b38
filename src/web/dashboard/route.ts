import { type ReadonlySignal, signal } from '@preact/signals';

/** What the page shows, as its address says after `#`. */
export type Route =
  | { readonly page: 'devices' }
  | { readonly page: 'device'; readonly device: string }
  | { readonly page: 'gateway' }
  | { readonly page: 'notifications' };

export function parseRoute(hash: string): Route {
  const [page, name] = hash.replace(/^#\/?/, '').split('/');
  if (page === 'devices' && name !== undefined && name !== '') {
    return { page: 'device', device: decode(name) };
  }
  if (page === 'gateway' || page === 'notifications') return { page };
  return { page: 'devices' };
}

export function linkTo(route: Route): string {
  return route.page === 'device' ? `#/devices/${encodeURIComponent(route.device)}` : `#/${route.page}`;
}

/** The route in force, as links and the browser's buttons change it. */
export function createRouter(): ReadonlySignal<Route> {
  const route = signal(parseRoute(location.hash));
  addEventListener('hashchange', () => {
    route.value = parseRoute(location.hash);
  });
  return route;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
