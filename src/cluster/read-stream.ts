import { setTimeout as sleep } from 'node:timers/promises';
import {
  AckPolicy,
  type ConsumeOptions,
  DeliverPolicy,
  type JetStreamClient,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { SharedMemory } from './connect-nats.js';

interface StreamRange {
  readonly stream: string;
  readonly filters: readonly string[];
  /** First sequence. */
  readonly from: number;
  readonly limit: number;
}

/** A consumer that its reader has left behind goes after so long, milliseconds. */
const LEFT_BEHIND_MS = 60_000;
const READ_WITHIN_MS = 5000;
const RETRY_MS = 250;
const HEARTBEAT_MS = 1000;

/** What a stream holds now, in order, by a consumer that is made for it. */
export async function readStream(
  { log, manager }: Pick<SharedMemory, 'log' | 'manager'>,
  { stream, filters, from, limit }: StreamRange,
): Promise<JsMsg[]> {
  const { name, num_pending } = await manager.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
    filter_subjects: [...filters],
    num_replicas: 1,
    mem_storage: true,
    inactive_threshold: nanos(LEFT_BEHIND_MS),
  });
  try {
    const messages: JsMsg[] = [];
    const wanted = Math.min(limit, num_pending);
    if (wanted === 0) return messages;
    const consumer = await log.consumers.get(stream, name);
    for await (const message of await consumer.fetch({ max_messages: wanted, expires: READ_WITHIN_MS }))
      messages.push(message);
    return messages;
  } finally {
    await manager.consumers.delete(stream, name).catch(() => false);
  }
}

/** Takes what a stream holds from a sequence on, and all that comes, in order, until the end. */
export async function followStream(
  log: Pick<JetStreamClient, 'consumers'>,
  { stream, from }: Pick<StreamRange, 'stream' | 'from'>,
  signal: AbortSignal,
  onMessage: (message: JsMsg) => void,
): Promise<void> {
  let next = from;
  const follow = async (): Promise<void> => {
    const options = { idle_heartbeat: HEARTBEAT_MS };
    for await (const message of consume(log, { stream, from: next }, options, signal)) {
      next = message.seq + 1;
      onMessage(message);
    }
  };
  while (!signal.aborted) {
    await follow().catch(() => undefined);
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** What an ordered consumer comes with; ends with the consumer or the signal, and before a message that is larger than a pull may be. */
export async function* consume(
  log: Pick<JetStreamClient, 'consumers'>,
  { stream, from }: Pick<StreamRange, 'stream' | 'from'>,
  options: ConsumeOptions,
  signal: AbortSignal,
): AsyncGenerator<JsMsg> {
  const consumer = await log.consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
  });
  const messages = await consumer.consume(options);
  const watching = (async () => {
    for await (const note of messages.status()) if (note.type === 'exceeded_limits') messages.stop();
  })();
  const stop = (): void => messages.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const message of messages) {
      if (signal.aborted) return;
      yield message;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    messages.stop();
    await watching.catch(() => undefined);
    await consumer.delete().catch(() => undefined);
  }
}
