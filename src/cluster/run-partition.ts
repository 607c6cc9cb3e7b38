import type { DeviceId } from '../domain/ids.js';
import type { LedgerSnapshot } from '../domain/ledger.js';
import { toIngestResult } from '../gateway/intake.js';
import type { MessagePath } from '../gateway/run-pipeline.js';
import { atMost, Closers } from '../shared/lifetime.js';
import { DeviceStates } from './device-states.js';
import { untilDecided } from './fenced-sink.js';
import { openPartition, type PartitionParts } from './open-partition.js';
import type { OwnedRecord } from './owned-record.js';
import type { PartitionAlerts } from './partition-alerts.js';
import { PartitionLog } from './partition-log.js';
import { ledgerBefore, type PartitionReading, type Taken } from './partition-reading.js';
import { sayVerdict } from './verdicts.js';

/** A checkpoint is made once so much time or so many messages have passed since the last. */
const CHECKPOINT_MS = 5000;
const CHECKPOINT_MESSAGES = 2000;
/** A partition of which nothing comes for so long is told that time passes, milliseconds. */
const TICK_MS = 1000;
/** Longest that handing over waits for the last checkpoint, milliseconds. */
const HAND_OVER_WITHIN_MS = 4000;

/**
 * A partition that this gateway owns: its log is read, and what follows is brought to the store, until it is handed over or
 * lost.
 */
export class PartitionRun {
  readonly partition: number;
  readonly #parts: PartitionParts;
  readonly #owned: OwnedRecord;
  readonly #log: PartitionLog;
  readonly #stopping = new AbortController();
  readonly #closers = new Closers();
  readonly #running: Promise<void>;
  #reading: PartitionReading | undefined;
  #lag = 0;
  #checkpointed: { position: number; atMs: number };
  #saving: Promise<void> | undefined;

  constructor(
    parts: PartitionParts,
    partition: number,
    owned: OwnedRecord,
    onFailed: (error: unknown) => void,
  ) {
    const { log, manager } = parts.memory;
    this.partition = partition;
    this.#parts = parts;
    this.#owned = owned;
    this.#log = new PartitionLog(partition, log, manager);
    this.#checkpointed = { position: owned.value.position, atMs: performance.now() };
    this.#running = this.#run().catch(onFailed);
  }

  /** Message of the log that was handed on last. */
  get position(): number {
    return this.#reading?.position ?? this.#owned.value.position;
  }

  /** Messages in its log that were not read yet, as of the one read last. */
  get lag(): number {
    return this.#lag;
  }

  /** Messages that wait for their windows to be stored. */
  get heldMessages(): number {
    return this.#reading?.journal.size ?? 0;
  }

  /** Everything that was counted of the partition, by all owners. */
  ledger(): LedgerSnapshot {
    return this.#reading?.ledger() ?? ledgerBefore(this.#owned.value);
  }

  /** What keeps results or checkpoints from being written. */
  problem(): string | undefined {
    return this.#reading?.path.stored.problem() ?? this.#reading?.journal.problem;
  }

  /** Whether something of a device is on its way to the store. */
  hasOf(device: DeviceId): boolean {
    return this.#reading?.hasOf(device) === true;
  }

  /** Hands on nothing of a device that the log has held so far: it is erased there, but some of it may be read ahead. */
  async passOver(device: DeviceId): Promise<void> {
    const upTo = await this.#log.lastSequence();
    this.#reading?.passOver(device, upTo);
  }

  flush(): Promise<void> {
    return this.#reading?.path.stored.flush() ?? Promise.resolve();
  }

  /** The way of its messages, once it is open. */
  get path(): MessagePath | undefined {
    return this.#reading?.path;
  }

  get alerts(): PartitionAlerts | undefined {
    return this.#reading?.alerts;
  }

  /** Brings everything read so far to its end, keeps it, and gives the partition back. */
  async handOver(): Promise<void> {
    const startedMs = performance.now();
    this.#stopping.abort();
    await this.#running;
    const reading = this.#reading;
    if (reading !== undefined) {
      const finishing = async (): Promise<void> => {
        await reading.settle(AbortSignal.timeout(HAND_OVER_WITHIN_MS));
        await this.#saving;
        await this.#checkpoint(reading);
      };
      await atMost(HAND_OVER_WITHIN_MS, finishing());
    }
    reading?.journal.seal();
    await this.#owned.giveUp();
    this.#parts.events.partitionGivenUp(this.partition, performance.now() - startedMs);
    await this.#closers[Symbol.asyncDispose]();
    this.#forgetDevices();
  }

  /** Lets go of everything: another gateway has the partition. */
  async drop(): Promise<void> {
    this.#stopping.abort();
    this.#reading?.journal.seal();
    this.#parts.webhooks.drop((device) => this.#isOwn(device));
    await this.#running;
    await this.#closers[Symbol.asyncDispose]();
    this.#forgetDevices();
  }

  async #run(): Promise<void> {
    const startedMs = performance.now();
    const { signal } = this.#stopping;
    const { token } = this.#owned.right;
    const states = new DeviceStates(this.#parts.memory.states, this.partition, token);
    const edge = { partition: this.partition, owned: this.#owned, log: this.#log, states };
    const reading = await openPartition(this.#parts, edge, this.#closers);
    this.#reading = reading;
    await reading.replay(signal);
    this.#parts.events.partitionTaken(this.partition, token, reading.devices, performance.now() - startedMs);
    for await (const entry of withPauses(this.#log.read(reading.position, signal), TICK_MS)) {
      if (entry !== undefined) this.#lag = entry.behind;
      await untilDecided(this.#owned);
      if (this.#owned.right.isLost) return;
      const isQuiet = entry === undefined ? await this.#pause(reading) : await reading.reach(entry, signal);
      if (signal.aborted) return;
      if (isQuiet && this.#isCheckpointDue(reading)) this.#startCheckpoint(reading);
      if (entry === undefined) continue;
      const taken = await reading.take(entry, signal);
      if (taken !== undefined && entry.verdictTo !== undefined) void this.#answer(entry.verdictTo, taken);
    }
  }

  /** Its sender waits at some door for what became of a message. */
  async #answer(subject: string, taken: Taken): Promise<void> {
    const settlement = await taken.settlement;
    // One that failed is in the log all the same: the next owner goes through it.
    if (settlement.kind === 'failed') return;
    sayVerdict(this.#parts.memory.connection, subject, toIngestResult(settlement));
  }

  /**
   * Marks in the log that time has passed, and brings what was read to its end: a log that is full takes no mark, and only a
   * checkpoint makes room in it.
   *
   * @returns whether nothing is under way
   */
  async #pause(reading: PartitionReading): Promise<boolean> {
    const { signal } = this.#stopping;
    const hasRoom = await this.#log.tick().catch(() => true);
    if (!hasRoom) reading.journal.makeRoom();
    await reading.settle(signal);
    return !signal.aborted;
  }

  #isCheckpointDue(reading: PartitionReading): boolean {
    const { position, atMs } = this.#checkpointed;
    if (this.#saving !== undefined) return false;
    return performance.now() - atMs >= CHECKPOINT_MS || reading.position - position >= CHECKPOINT_MESSAGES;
  }

  #startCheckpoint(reading: PartitionReading): void {
    this.#saving = this.#checkpoint(reading)
      .catch((error: unknown) => this.#parts.events.checkpointFailed(this.partition, error))
      .finally(() => {
        this.#saving = undefined;
      });
  }

  async #checkpoint(reading: PartitionReading): Promise<void> {
    this.#checkpointed = { position: reading.position, atMs: performance.now() };
    await reading.checkpoint();
  }

  /** What is live of its devices is live at another gateway from here on. */
  #forgetDevices(): void {
    const { registry } = this.#parts.instruments;
    for (const device of registry.ids()) if (this.#isOwn(device)) registry.forget(device);
  }

  #isOwn(device: DeviceId): boolean {
    return this.#parts.partitionOf(device) === this.partition;
  }
}

/** What is read, and `undefined` whenever nothing has come for so long. */
async function* withPauses<T>(entries: AsyncGenerator<T>, pauseMs: number): AsyncGenerator<T | undefined> {
  let next = entries.next();
  for (;;) {
    // A sleep that is aborted makes two errors with their stacks, for each entry.
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, pauseMs, undefined);
    });
    const result = await Promise.race([next, pause]);
    clearTimeout(timer);
    if (result === undefined) {
      yield undefined;
      continue;
    }
    if (result.done === true) return;
    yield result.value;
    next = entries.next();
  }
}
