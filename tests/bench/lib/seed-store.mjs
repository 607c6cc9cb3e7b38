// Statuses in an embedded store, as months of devices leave them.
import { openLmdbStore } from '../../../build/storage/embedded/lmdb-store.js';

export const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const BATCH_POINTS = 5000;
const TARGETS = ['accompanied', 'conversation'];

export function nameOf(device) {
  return `phone-${String(device).padStart(4, '0')}`;
}

/** Days of devices up to a time: the first has a point a minute, as a real one does; the others one in twenty minutes. */
export async function seedDays(path, { devices, days, toMs }) {
  await write(path, function* () {
    for (let device = 0; device < devices; device++) {
      const stepMs = (device === 0 ? 1 : 20) * MINUTE_MS;
      for (let atMs = toMs - days * DAY_MS; atMs < toMs; atMs += stepMs) yield* pointsAt(device, atMs);
    }
  });
}

/** Points of the first device that end at a time, one a second: more than a device ever has, in less time. */
export async function seedBefore(path, { points, toMs }) {
  await write(path, function* () {
    for (let atMs = toMs - (points / TARGETS.length) * 1000; atMs < toMs; atMs += 1000)
      yield* pointsAt(0, atMs);
  });
}

function* pointsAt(device, atMs) {
  for (const [place, target] of TARGETS.entries()) {
    const status = Math.sin(atMs / (37 + 13 * place) / MINUTE_MS + device) > 0.3 ? 'yes' : 'no';
    yield { device: nameOf(device), target, atMs, status, confidence: 0.9 };
  }
}

async function write(path, points) {
  const store = await openLmdbStore({ path });
  let statuses = [];
  const flush = async () => {
    await store.write({ windows: [], statuses, apparel: [], company: [] });
    statuses = [];
  };
  for (const point of points()) {
    statuses.push(point);
    if (statuses.length >= BATCH_POINTS) await flush();
  }
  await flush();
  await store[Symbol.asyncDispose]();
}
