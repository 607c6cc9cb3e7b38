// Two walks through one corridor, the later one moved in time as if its walker followed the other: does the magnetic field tell?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIGNALS } from '../../../build/company/movement-window.js';
import { PAIR_FEATURES, pairFeatures } from '../../../build/company/pair-features.js';
import { aucOf, dataFolder, recordingsIn, rowsOf, windowAt } from './company-data.mjs';

const SHAPE = { seconds: 10, lagSeconds: 4 };
/** So far apart is the same corridor, and so far another one, metres. */
const SAME_M = 4;
const OTHER_M = 15;
/** How long the follower passes after the first. */
const BEHIND_MS = 2000;

/** @returns {Promise<{ auc: number, same: number, other: number } | undefined>} */
export async function corridors() {
  const folder = dataFolder('indoor-magnetic');
  if (folder === undefined) return undefined;
  const walks = [];
  for await (const { path, recording } of recordingsIn(folder)) {
    const { waypoints } = JSON.parse(readFileSync(join(path, 'recording.json'), 'utf8'));
    walks.push({ startMs: recording.startMs, waypoints, rows: rowsOf(recording) });
  }
  const scores = [];
  for (const [index, a] of walks.entries()) {
    for (const endMs of windowEnds(a)) {
      const whole = SHAPE.seconds + 2 * SHAPE.lagSeconds;
      const own = fieldOnly(windowAt(a.rows, endMs, whole));
      for (const b of walks.slice(index + 1)) {
        const found = meeting(a, b, endMs - a.startMs);
        if (found === undefined) continue;
        const otherEndMs = Math.round((b.startMs + found.timeMs + BEHIND_MS) / 1000) * 1000;
        if (otherEndMs > b.rows.at(-1).endMs || otherEndMs - whole * 1000 < b.rows[0].endMs - 1000) continue;
        const other = fieldOnly(windowAt(b.rows, otherEndMs, whole));
        const match = pairFeatures(own, other, SHAPE)[PAIR_FEATURES.indexOf('field.match')];
        scores.push([match, found.isSame]);
      }
    }
  }
  const same = scores.filter(([, isSame]) => isSame).length;
  return { auc: aucOf(scores), same, other: scores.length - same };
}

function* windowEnds({ rows }) {
  const whole = SHAPE.seconds + 2 * SHAPE.lagSeconds;
  for (let at = whole; at < rows.length; at += 2) yield rows[at].endMs;
}

/** Where the second walker passes the place at which the first is, all through the window, or stays elsewhere. */
function meeting(a, b, aEndMs) {
  const offsets = [0, 0.5, 1].map((part) => (SHAPE.lagSeconds + part * SHAPE.seconds) * 1000);
  const places = offsets.map((offset) => placeAt(a.waypoints, aEndMs - offset));
  const last = b.waypoints.at(-1).timeMs;
  let best;
  for (let timeMs = 0; timeMs <= last; timeMs += 1000) {
    const apart = offsets.map((offset, at) => distance(places[at], placeAt(b.waypoints, timeMs - offset)));
    const furthest = Math.max(...apart);
    if (best === undefined || furthest < best.furthest)
      best = { timeMs, furthest, nearest: Math.min(...apart) };
  }
  if (best === undefined) return undefined;
  if (best.furthest <= SAME_M) return { timeMs: best.timeMs, isSame: true };
  return best.nearest >= OTHER_M ? { timeMs: best.timeMs, isSame: false } : undefined;
}

function placeAt(waypoints, timeMs) {
  const next = waypoints.findIndex((point) => point.timeMs >= timeMs);
  if (next <= 0) return next === 0 ? waypoints[0] : waypoints.at(-1);
  const [from, to] = [waypoints[next - 1], waypoints[next]];
  const part = (timeMs - from.timeMs) / (to.timeMs - from.timeMs);
  return { xM: from.xM + part * (to.xM - from.xM), yM: from.yM + part * (to.yM - from.yM) };
}

function distance(a, b) {
  return Math.hypot(a.xM - b.xM, a.yM - b.yM);
}

/** A window of which the magnetic field alone is known. */
function fieldOnly({ moving, cadence, ...window }) {
  const isThere = SIGNALS.map((signal, index) => signal === 'field' && window.isThere[index]);
  const unknown = (values) => values.map(() => Number.NaN);
  return { ...window, isThere, moving: unknown(moving), cadence: unknown(cadence) };
}
