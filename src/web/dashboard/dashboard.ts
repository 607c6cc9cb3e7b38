import { effect, type Signal, signal, untracked } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { answerOf, type Device, wordsOf } from '../client/client.js';
import { type LiveMessage, listen } from '../client/live-events.js';
import type { Theme } from '../core/theme.js';
import { applyToDevices, type Told, targetsOf, toldOf } from './devices.js';
import type { Router } from './route.js';
import type { Session } from './session.js';

/** Everything the parts of the page share. */
export interface Dashboard extends Router {
  readonly session: Session;
  readonly theme: Theme;
  readonly devices: Signal<readonly Device[]>;
  /** Whether these are all; false while the store does not answer, `undefined` until they have been loaded. */
  readonly complete: Signal<boolean | undefined>;
  /** Status targets, in the order in which they are shown. */
  readonly targets: Signal<readonly string[]>;
  /** Who is together now, and whether the gateway looks for that. */
  readonly company: Signal<CompanyNow>;
  /** What the models in service tell, and from what they learnt. */
  readonly told: Signal<Told>;
  readonly connection: Signal<'connecting' | 'live' | 'lost' | 'refused'>;
  /** Whether the token has the scope `admin`, so that what needs it is offered; `undefined` until that is known. */
  readonly mayAdminister: Signal<boolean | undefined>;
  /** Whether it has the scope `ingest`, likewise. */
  readonly mayIngest: Signal<boolean | undefined>;
  /** Why nothing can be shown. */
  readonly problem: Signal<string | undefined>;
  /** Now, to the second. */
  readonly nowMs: Signal<number>;
  /** Counts up whenever what is shown must be loaded again. */
  readonly generation: Signal<number>;
  /** Tells of live events until what it returns is called. */
  onLive(listener: (message: LiveMessage) => void): () => void;
}

interface CompanyNow {
  readonly isSought: boolean;
  readonly groups: readonly (readonly string[])[];
}

const TICK_MS = 1000;
/** Last-seen times, rates and counts come with the list. */
const RELOAD_MS = 5_000;

type DashboardParts = Pick<Dashboard, 'session' | 'theme' | 'route' | 'choice'>;

/** Loads what there is and keeps it up to date. */
export function startDashboard(parts: DashboardParts): Dashboard {
  const listeners = new Set<(message: LiveMessage) => void>();
  const dashboard: Dashboard = {
    ...parts,
    devices: signal<readonly Device[]>([]),
    complete: signal<boolean | undefined>(undefined),
    targets: signal<readonly string[]>([]),
    company: signal<CompanyNow>({ isSought: false, groups: [] }),
    told: signal<Told>({ classes: {}, simulated: [] }),
    connection: signal<'connecting' | 'live' | 'lost' | 'refused'>('connecting'),
    mayAdminister: signal<boolean | undefined>(undefined),
    mayIngest: signal<boolean | undefined>(undefined),
    problem: signal<string | undefined>(undefined),
    nowMs: signal(Date.now()),
    generation: signal(0),
    onLive: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const { session } = dashboard;
  setInterval(() => {
    dashboard.nowMs.value = Date.now();
  }, TICK_MS);
  setInterval(() => {
    const isWatched = document.visibilityState === 'visible' && session.wanted.peek() === undefined;
    if (isWatched) void reload(dashboard);
  }, RELOAD_MS);
  let live = new AbortController();
  effect(() => {
    const isRefused = session.wanted.value !== undefined;
    // Another token begins again, too.
    session.token.value;
    dashboard.mayAdminister.value = undefined;
    dashboard.mayIngest.value = undefined;
    live.abort();
    live = new AbortController();
    if (isRefused) dashboard.connection.value = 'refused';
    else untracked(() => void follow(dashboard, listeners, live.signal));
  });
  return dashboard;
}

/** Loads the list of devices and the targets of the models; and who is together, where the gateway looks for that. */
export async function reload(dashboard: Dashboard): Promise<void> {
  const { session, devices, complete, targets, told, company, problem } = dashboard;
  const client = session.client.value;
  try {
    const { scopes } = await answerOf(client.GET('/v1/access'));
    dashboard.mayAdminister.value = scopes.includes('admin');
    dashboard.mayIngest.value = scopes.includes('ingest');
    const answer = await answerOf(client.GET('/v1/devices'));
    const { models, simulated = [] } = await answerOf(client.GET('/v1/models'));
    const known = toldOf(models, simulated);
    if (JSON.stringify(known) !== JSON.stringify(told.value)) told.value = known;
    devices.value = answer.devices;
    complete.value = answer.complete;
    const found = targetsOf(models, answer.devices);
    if (found.join() !== targets.value.join()) targets.value = found;
    problem.value = undefined;
  } catch (error) {
    if (session.noteError(error)) return;
    problem.value = wordsOf(error);
  }
  if (company.value.isSought) await reloadCompany(dashboard);
}

async function reloadCompany({ session, company, problem }: Dashboard): Promise<void> {
  try {
    const { enabled: isSought, groups } = await answerOf(session.client.value.GET('/v1/company'));
    const now = { isSought, groups };
    if (JSON.stringify(now) !== JSON.stringify(company.value)) company.value = now;
  } catch (error) {
    if (!session.noteError(error)) problem.value = wordsOf(error);
  }
}

async function follow(
  dashboard: Dashboard,
  listeners: ReadonlySet<(message: LiveMessage) => void>,
  signal: AbortSignal,
): Promise<void> {
  const { session, connection, company, devices, generation } = dashboard;
  const onMessage = (message: LiveMessage): void => {
    if (message.type === 'reset') generation.value += 1;
    if (message.type === 'company') void reloadCompany(dashboard);
    devices.value = applyToDevices(devices.value, message);
    for (const listener of listeners) listener(message);
  };
  const onConnected = (isConnected: boolean): void => {
    if (signal.aborted) return;
    if (isConnected) void reload(dashboard);
    if (isConnected && !company.value.isSought) void reloadCompany(dashboard);
    connection.value = isConnected ? 'live' : 'lost';
  };
  const { baseUrl, token } = session;
  const types = ['status', 'device', 'apparel', 'company'] as const;
  try {
    await listen({ baseUrl, token: token.value, types, signal, onMessage, onConnected });
  } catch (error) {
    session.noteError(error);
    if (!signal.aborted) connection.value = 'refused';
  }
}

export const DashboardContext = createContext<Dashboard | undefined>(undefined);

export function useDashboard(): Dashboard {
  const dashboard = useContext(DashboardContext);
  if (dashboard === undefined) throw new Error('no dashboard around this part');
  return dashboard;
}
