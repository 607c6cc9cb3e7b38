import { describe, expect, it } from 'vitest';
import { EndpointWorker, type WorkerDependencies } from '../../../../src/notify/webhooks/delivery-worker.js';
import type { EndpointRecord } from '../../../../src/notify/webhooks/endpoints.js';
import { VirtualTime } from '../../../helpers/virtual-time.js';
import { notification, OK, START_MS } from '../../../helpers/webhook-world.js';

const ENDPOINT: EndpointRecord = {
  id: 'one',
  url: 'http://127.0.0.1/',
  description: '',
  events: ['device.online'],
  createdAtMs: START_MS,
  secrets: [{ text: 'whsec_c2VjcmV0' }],
};
const WAITING = { entry: 1, notification: notification(1) };

/** A worker that has begun, and what came of its work. */
async function startWorker(overrides: Partial<WorkerDependencies> = {}) {
  const time = new VirtualTime();
  const happened: string[] = [];
  const worker = new EndpointWorker({
    clock: { nowMs: () => START_MS + time.frame },
    scheduler: time,
    send: () => Promise.resolve(OK),
    retry: { retrySeconds: [5], random: () => 0 },
    queue: { head: () => Promise.resolve(undefined), record: () => Promise.resolve() },
    record: () => ENDPOINT,
    onAttempted: ({ outcome }) => void happened.push(outcome),
    onGone: () => Promise.resolve(),
    onFailed: (error) => void happened.push(String(error)),
    ...overrides,
  });
  await time.advance(0);
  return { worker, time, happened };
}

describe('a worker that ends', () => {
  it('cuts the attempt under way, and says nothing of it', async () => {
    const { worker, happened } = await startWorker({
      queue: { head: () => Promise.resolve(WAITING), record: () => Promise.resolve() },
      send: (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ kind: 'failed', detail: 'cut' }));
        }),
    });
    await worker[Symbol.asyncDispose]();
    expect(happened).toEqual([]);
  });

  it.each<[string, Partial<WorkerDependencies>, string[]]>([
    ['waits for something to send', {}, []],
    [
      'waits for its endpoint to be enabled',
      { record: () => ({ ...ENDPOINT, disabled: { reason: 'by-hand', atMs: START_MS } }) },
      [],
    ],
    [
      'waits for the disk',
      { queue: { head: () => Promise.reject(new Error('no disk')), record: () => Promise.resolve() } },
      ['Error: no disk'],
    ],
  ])('does so while it %s', async (_, dependencies, expected) => {
    const { worker, happened } = await startWorker(dependencies);
    await worker[Symbol.asyncDispose]();
    expect(happened).toEqual(expected);
  });

  it('has ended once what it writes is written, and takes nothing up after it', async () => {
    let write: () => void = () => undefined;
    const written = new Promise<void>((resolve) => {
      write = resolve;
    });
    let heads = 0;
    const { worker, time, happened } = await startWorker({
      queue: {
        head: () => {
          heads += 1;
          return Promise.resolve(WAITING);
        },
        record: () => written,
      },
    });
    const ending = worker[Symbol.asyncDispose]().then(() => void happened.push('ended'));
    await time.advance(10_000);
    expect(happened).toEqual(['delivered']);
    write();
    await ending;
    expect(happened).toEqual(['delivered', 'ended']);
    expect(heads).toBe(1);
  });
});
