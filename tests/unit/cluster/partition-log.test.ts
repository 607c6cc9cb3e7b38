import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { PartitionLog } from '../../../src/cluster/partition-log.js';

const TIME = new Date('2026-11-30T12:00:00Z');
const TICK = 'al.log.0._.tick';

/** A consumer that comes with so much, and then waits for ever before a message that is larger than a pull. */
interface Stuck {
  readonly stuckAfter: readonly number[];
}

/** A log whose consumers come with sequences of their own, one consumer after the other. */
function logOf(stored: readonly number[], consumers: readonly (readonly number[] | Stuck)[]): PartitionLog {
  const delivered = (seq: number) => ({
    seq,
    subject: TICK,
    data: new Uint8Array(),
    timestampNanos: BigInt(TIME.getTime()) * 1_000_000n,
    info: { pending: 0 },
  });
  const left = [...consumers];
  const client = {
    consumers: {
      get: () => ({
        consume: () => {
          const [next = []] = left.splice(0, 1);
          if ('stuckAfter' in next) return untilStopped(next.stuckAfter.map(delivered));
          return Object.assign(next.map(delivered), { status: () => [], stop: () => undefined });
        },
        delete: () => Promise.resolve(true),
      }),
    },
  };
  const manager = {
    streams: {
      getMessage: (_stream: string, { seq: from }: { readonly seq: number }) => {
        const seq = stored.find((each) => each >= from);
        return seq === undefined ? null : { seq, subject: TICK, data: new Uint8Array(), time: TIME };
      },
    },
  };
  return new PartitionLog(0, client as unknown as JetStreamClient, manager as unknown as JetStreamManager);
}

function untilStopped<T>(messages: readonly T[]) {
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  return {
    async *[Symbol.asyncIterator]() {
      yield* messages;
      await stopped;
    },
    status: () => [{ type: 'exceeded_limits' }],
    stop,
  };
}

async function read(log: PartitionLog, after: number, count: number): Promise<number[]> {
  const sequences: number[] = [];
  for await (const { sequence } of log.read(after, new AbortController().signal)) {
    sequences.push(sequence);
    if (sequences.length === count) break;
  }
  return sequences;
}

describe('PartitionLog.read', () => {
  it('asks the leader for what a consumer passes over', async () => {
    const log = logOf([1, 2, 3, 4, 5, 6], [[1, 2, 5, 6]]);
    expect(await read(log, 0, 6)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('leaves out what comes once more, also at the next consumer', async () => {
    const log = logOf(
      [1, 2, 3, 4, 5],
      [
        [1, 3, 2, 3],
        [2, 3, 4, 5],
      ],
    );
    expect(await read(log, 0, 5)).toEqual([1, 2, 3, 4, 5]);
  });

  it('asks the leader for a message that is larger than a pull, and goes on with another consumer', async () => {
    const log = logOf([1, 2, 3, 4], [{ stuckAfter: [1, 2] }, [4]]);
    expect(await read(log, 0, 4)).toEqual([1, 2, 3, 4]);
  });

  it('goes over what was cut', async () => {
    const log = logOf([7, 9], [[7, 9]]);
    expect(await read(log, 3, 2)).toEqual([7, 9]);
  });
});
