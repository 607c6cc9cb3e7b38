import { setTimeout as sleep } from 'node:timers/promises';
import type { Gateway } from '../gateway.js';

const LOOK_MS = 250;

/** Waits for everything that was sent to be stored, at most so long. */
export async function untilStored(gateway: Gateway, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline && gateway.ledger().windows.pending > 0) await sleep(LOOK_MS);
}
