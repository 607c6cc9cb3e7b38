import { JetStreamApiError, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { headers, type MsgHdrs, millis } from '@nats-io/transport-node';
import { type DeviceId, parseDeviceId } from '../domain/ids.js';
import { MESSAGE_FORMATS, type MessageFormat, type RawMessage, type Repeat } from '../domain/message.js';
import type { CompanyUpdate } from '../domain/store.js';
import { logName, logSubject } from './cluster-streams.js';
import { COMPANY_KIND, readChange } from './company-entries.js';
import { packPayload, unpackPayload } from './packed-payload.js';
import { escapeName, unescapeName } from './partition.js';
import { consume } from './read-stream.js';

/** What a log holds: a message of a device, or the mark of its owner that time has passed. */
export interface LogEntry {
  readonly sequence: number;
  /** When the log took it, epoch milliseconds. */
  readonly timeMs: number;
  /** `undefined`: only time has passed. */
  readonly message: (RawMessage & { readonly device: DeviceId }) | undefined;
  /** What the owner of a pair has found out of one of its devices. */
  readonly company?: CompanyUpdate;
  /** Where a door waits for what becomes of the message. */
  readonly verdictTo?: string;
  /** Messages that come after it in the log, as far as is known. */
  readonly behind: number;
}

const TOPIC_HEADER = 'Alongside-Topic';
const REPEAT_HEADER = 'Alongside-Repeat';
const ENCODING_HEADER = 'Alongside-Encoding';
const VERDICT_HEADER = 'Alongside-Verdict';
const TICK = 'tick';
/** Takes the place of a device in the subject of what no device sent; no device has this name. */
const NOBODY = '_';
/** Of one pull; a dead server is noticed after two heartbeats. */
const PULL = { max_bytes: 1_048_576, expires: 2000, idle_heartbeat: 1000 };

/** One partition's log: written by every gateway, read by its owner. */
export class PartitionLog {
  readonly partition: number;
  readonly #stream: string;
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;

  constructor(partition: number, client: JetStreamClient, manager: JetStreamManager) {
    this.partition = partition;
    this.#stream = logName(partition);
    this.#client = client;
    this.#manager = manager;
  }

  /** Marks in the log that time has passed. @returns whether there was room for the mark */
  async tick(): Promise<boolean> {
    try {
      await this.#client.publish(logSubject(this.partition, NOBODY, TICK), '');
      return true;
    } catch (error) {
      if (isFull(error)) return false;
      throw error;
    }
  }

  /**
   * Reads what comes after a sequence, in order and without a gap, for ever.
   *
   * @throws when the servers do not answer
   */
  async *read(after: number, signal: AbortSignal): AsyncGenerator<LogEntry> {
    let last = after;
    while (!signal.aborted) {
      const range = { stream: this.#stream, from: last + 1 };
      for await (const message of consume(this.#client, range, PULL, signal)) {
        const { seq, subject, data, headers: header, timestampNanos, info } = message;
        const timeMs = millis(Number(timestampNanos));
        const entry = toEntry({ seq, subject, data, header, timeMs, behind: info.pending });
        // When servers go and come, a consumer is made again, at a server that may be behind: it can come with what
        // was read, or pass over what it lacks. The leader has everything.
        for await (const passedOver of this.#between(last, entry.sequence)) {
          last = passedOver.sequence;
          yield passedOver;
        }
        if (entry.sequence <= last) continue;
        last = entry.sequence;
        yield entry;
      }
      if (signal.aborted) return;
      // What ended the consumer may be a message that is larger than a pull.
      const next = await this.#next(last + 1);
      if (next === undefined) continue;
      last = next.sequence;
      yield next;
    }
  }

  /** Messages by their sequence; those that are gone are left out. */
  async get(sequences: readonly number[]): Promise<LogEntry[]> {
    const found = await Promise.all(sequences.map((seq) => this.#get({ seq })));
    return found.filter((entry) => entry !== undefined);
  }

  /** Removes what comes before a sequence. */
  async cutBefore(sequence: number): Promise<void> {
    await this.#manager.streams.purge(this.#stream, { seq: sequence });
  }

  /**
   * Removes of each device what comes before a sequence; for a log without room, since it takes a call a device.
   *
   * @param sequenceOf of a device; of nobody, for the marks
   */
  async cutEachBefore(sequenceOf: (device: DeviceId | undefined) => number): Promise<void> {
    const all = logSubject(this.partition, '*', '*');
    const { state } = await this.#manager.streams.info(this.#stream, { subjects_filter: all });
    for (const subject of Object.keys(state.subjects ?? {}))
      await this.#manager.streams.purge(this.#stream, {
        filter: subject,
        seq: sequenceOf(deviceIn(subject)),
      });
  }

  /** Sequence of the newest message. */
  async lastSequence(): Promise<number> {
    return (await this.#manager.streams.info(this.#stream)).state.last_seq;
  }

  /** What the log has between two sequences. */
  async *#between(after: number, before: number): AsyncGenerator<LogEntry> {
    for (let last = after; last + 1 < before; ) {
      const entry = await this.#next(last + 1);
      if (entry === undefined || entry.sequence >= before) return;
      last = entry.sequence;
      yield entry;
    }
  }

  async #next(from: number): Promise<LogEntry | undefined> {
    return await this.#get({ seq: from, next_by_subj: logSubject(this.partition, '*', '*') });
  }

  async #get(query: { readonly seq: number; readonly next_by_subj?: string }): Promise<LogEntry | undefined> {
    const stored = await this.#manager.streams.getMessage(this.#stream, query);
    if (stored === null) return undefined;
    const { seq, subject, data, header, time } = stored;
    return toEntry({ seq, subject, data, header, timeMs: time.getTime(), behind: 0 });
  }
}

/** A message as a log holds it. */
export interface LogMessage {
  readonly subject: string;
  readonly header: MsgHdrs;
  readonly data: Uint8Array;
}

/** @param verdictTo where a door waits for what becomes of the message */
export async function toLogMessage(
  message: RawMessage,
  device: DeviceId,
  partition: number,
  verdictTo?: string,
): Promise<LogMessage> {
  const { format, topic, repeat } = message;
  const { data, encoding } = await packPayload(message);
  const header = headers();
  header.set(TOPIC_HEADER, encodeURIComponent(topic));
  if (repeat !== undefined) header.set(REPEAT_HEADER, repeat);
  if (encoding !== undefined) header.set(ENCODING_HEADER, encoding);
  if (verdictTo !== undefined) header.set(VERDICT_HEADER, verdictTo);
  return { subject: logSubject(partition, escapeName(device), format), header, data };
}

interface Stored {
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly header: MsgHdrs | undefined;
  readonly timeMs: number;
  readonly behind: number;
}

function toEntry({ seq: sequence, subject, data, header, timeMs, behind }: Stored): LogEntry {
  const format = subject.split('.').at(-1) ?? '';
  const name = deviceIn(subject);
  if (name !== undefined && format === COMPANY_KIND) {
    const company = readChange(name, data);
    return { sequence, timeMs, behind, message: undefined, ...(company && { company }) };
  }
  if (name === undefined || !isFormat(format)) return { sequence, timeMs, behind, message: undefined };
  const repeat = repeatOf(header?.get(REPEAT_HEADER));
  const message = {
    format,
    topic: decodeURIComponent(header?.get(TOPIC_HEADER) ?? ''),
    device: name,
    payload: unpackPayload(data, header?.get(ENCODING_HEADER)),
    receivedAtMs: timeMs,
    ...(repeat === undefined ? {} : { repeat }),
  };
  const verdictTo = header?.get(VERDICT_HEADER) ?? '';
  return { sequence, timeMs, behind, message, ...(verdictTo === '' ? {} : { verdictTo }) };
}

/** Whose messages have a subject; `undefined` for marks of time, and what no gateway has written. */
function deviceIn(subject: string): DeviceId | undefined {
  return parseDeviceId(unescapeName(subject.split('.').at(-2) ?? '') ?? '');
}

/** What NATS says when `discard` is `new` and a stream has no room. */
const NO_ROOM = /^maximum (bytes|messages) exceeded$/;

export function isFull(error: unknown): boolean {
  return error instanceof JetStreamApiError && NO_ROOM.test(error.message);
}

function isFormat(kind: string): kind is MessageFormat {
  return MESSAGE_FORMATS.some((format) => format === kind);
}

function repeatOf(header: string | undefined): Repeat | undefined {
  return header === 'retained' || header === 'redelivered' ? header : undefined;
}
