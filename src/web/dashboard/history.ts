import { batch, type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { answerOf } from '../client/client.js';
import { listen } from '../client/live-events.js';
import { addLabel, type SeenGarments } from '../core/garments.js';
import { applyNews, type Timelines } from '../core/intervals.js';
import type { ProbabilityPoint } from '../core/moment.js';
import { type Range, resolveRange } from '../core/range.js';
import { type Dashboard, useDashboard } from './dashboard.js';
import { type Detail, loadTimelines } from './device-timelines.js';
import { keepLoaded } from './keep-loaded.js';

/** What is known of a device over the time that is looked at. */
export interface History {
  readonly range: Signal<Range>;
  /** A target that is not in it has not been loaded yet. */
  readonly timelines: Signal<Timelines>;
  /** Of the timelines; 0: they are exact. */
  readonly resolutionMs: Signal<number>;
  readonly points: Signal<readonly ProbabilityPoint[]>;
  /** What the device's camera saw. */
  readonly seen: Signal<readonly SeenGarments[]>;
  readonly problem: Signal<string | undefined>;
}

/** A week of statuses that change every few minutes is some thousand intervals; a chart is hardly ever wider than the slots. */
export const CHART_DETAIL: Detail = { exactUpToMs: 8 * 86_400_000, slots: 1500 };
const POINTS = 400;
/** Live windows that are drawn as they come, before the next loading makes means of them. */
const MOST_LIVE_POINTS = 2000;

/** Loads a device's history and lets live events grow it. */
export function useHistory(device: string): History {
  const dashboard = useDashboard();
  const { choice, targets, generation, session } = dashboard;
  const history: History = {
    range: useSignal(resolveRange(choice.peek(), Date.now())),
    timelines: useSignal<Timelines>({}),
    resolutionMs: useSignal(0),
    points: useSignal<readonly ProbabilityPoint[]>([]),
    seen: useSignal<readonly SeenGarments[]>([]),
    problem: useSignal<string | undefined>(undefined),
  };
  const [wanted, names, token] = [choice.value, targets.value.join(), session.token.value];
  useEffect(() => {
    clear(history, resolveRange(wanted, Date.now()));
    if (names === '') return;
    const { problem } = history;
    return keepLoaded((signal) => load(dashboard, device, history, signal), { session, problem });
  }, [device, wanted, names, generation.value, token]);
  useEffect(() => {
    const abort = new AbortController();
    void follow(dashboard, device, history, abort.signal);
    return () => abort.abort();
  }, [device, token]);
  return history;
}

/** What was drawn of another time says nothing about this one. */
function clear({ range, timelines, points, seen, problem }: History, wanted: Range): void {
  batch(() => {
    range.value = wanted;
    timelines.value = {};
    points.value = [];
    seen.value = [];
    problem.value = undefined;
  });
}

async function load(
  dashboard: Dashboard,
  device: string,
  { range, timelines, resolutionMs, points, seen }: History,
  signal: AbortSignal,
): Promise<void> {
  const wanted = resolveRange(dashboard.choice.peek(), Date.now());
  const loaded = await loadTimelines(dashboard, device, wanted, CHART_DETAIL, signal);
  batch(() => {
    range.value = wanted;
    timelines.value = loaded.timelines;
    resolutionMs.value = loaded.resolutionMs;
  });
  points.value = await loadPoints(dashboard, device, wanted, signal);
  seen.value = await loadSeen(dashboard, device, wanted, signal);
}

/** Probabilities of a part of the time in as many points as the whole had. */
export async function loadPoints(
  { session }: Pick<Dashboard, 'session'>,
  device: string,
  range: Range,
  signal: AbortSignal,
): Promise<readonly ProbabilityPoint[]> {
  const query = { ...queryOf(range), points: POINTS };
  const params = { path: { id: device }, query };
  const call = session.client.value.GET('/v1/devices/{id}/probabilities', { params, signal });
  return (await answerOf(call)).points;
}

async function loadSeen(
  { session }: Pick<Dashboard, 'session'>,
  device: string,
  range: Range,
  signal: AbortSignal,
): Promise<readonly SeenGarments[]> {
  const params = { path: { id: device }, query: { ...queryOf(range), target: 'apparel' } };
  const call = session.client.value.GET('/v1/devices/{id}/timeline', { params, signal });
  const { intervals } = await answerOf(call);
  return intervals.map(({ label = '', labels = [label], confidence: probability, ...span }) => ({
    ...span,
    labels,
    probability,
  }));
}

async function follow(
  { session, generation }: Dashboard,
  device: string,
  { timelines, points, seen }: History,
  signal: AbortSignal,
): Promise<void> {
  const { baseUrl, token } = session;
  const options = { baseUrl, token: token.value, device, signal };
  try {
    await listen({
      ...options,
      types: ['status', 'window', 'apparel'],
      onMessage: (message) => {
        switch (message.type) {
          case 'status': {
            const { target } = message.data;
            const known = timelines.value[target];
            if (known === undefined) return;
            timelines.value = { ...timelines.value, [target]: applyNews(known, message.data) };
            return;
          }
          case 'window': {
            const { startMs, endMs, coverage, probabilities } = message.data;
            const point = { fromMs: startMs, toMs: endMs, windows: 1, coverage, probabilities };
            points.value = [...points.value, point].slice(-MOST_LIVE_POINTS);
            return;
          }
          case 'apparel':
            seen.value = addLabel(seen.value, message.data);
            return;
          case 'reset':
            generation.value += 1;
            return;
          default:
        }
      },
    });
  } catch (error) {
    session.noteError(error);
  }
}

function queryOf({ fromMs, toMs }: Range): { readonly from: string; readonly to: string } {
  return { from: String(Math.floor(fromMs)), to: String(Math.ceil(toMs)) };
}
