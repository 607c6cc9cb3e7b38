import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded into the process of a gateway before everything else (`node --import`), it looks at the event loop far more often than
 * the gateway itself does, which must cost nothing. Each connection to the socket named by the process's id in `STALL_PROBE_FOLDER`
 * gets the longest stalls since the one before, as JSON.
 */

const LOOK_EVERY_MS = 5;
const NANOSECONDS_PER_MS = 1e6;

const folder = process.env['STALL_PROBE_FOLDER'];
if (isMainThread && folder !== undefined) watch(join(folder, `${process.pid}.sock`));

function watch(socketPath) {
  const histogram = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
  histogram.enable();
  let longestBusyMs = 0;
  let last = { atMs: performance.now(), waitedMs: waitedMs() };
  setInterval(() => {
    const now = { atMs: performance.now(), waitedMs: waitedMs() };
    const busyMs = now.atMs - last.atMs - LOOK_EVERY_MS - (now.waitedMs - last.waitedMs);
    longestBusyMs = Math.max(longestBusyMs, busyMs);
    last = now;
  }, LOOK_EVERY_MS).unref();
  createServer((socket) => {
    socket.end(JSON.stringify({ stallMs: histogram.max / NANOSECONDS_PER_MS, busyMs: longestBusyMs }));
    histogram.reset();
    longestBusyMs = 0;
  })
    .listen(socketPath)
    .unref();
}

/** Others use the machine as well. Linux tells how long they did while this thread was ready. */
export function waitedMs() {
  try {
    const [, waitedNs] = readFileSync('/proc/self/schedstat', 'utf8').split(' ');
    return Number(waitedNs) / NANOSECONDS_PER_MS;
  } catch {
    return 0;
  }
}
