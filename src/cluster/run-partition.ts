import type { LedgerSnapshot } from '../domain/ledger.js';
import type { MessagePath } from '../gateway/run-pipeline.js';
import { atMost, Closers } from '../shared/lifetime.js';
import { sumOfLedgers, withoutPending } from '../telemetry/ledger.js';
import { untilDecided } from './fenced-sink.js';
import { isIn, type OpenPartition, openPartition, type PartitionParts } from './open-partition.js';
import type { OwnedRecord } from './owned-record.js';
import { type LogEntry, PartitionLog } from './partition-log.js';

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
  readonly #base: LedgerSnapshot;
  readonly #running: Promise<void>;
  #open: OpenPartition | undefined;
  #position: number;
  #lag = 0;
  #checkpointed: { position: number; atMs: number };
  #saving: Promise<void> | undefined;

  constructor(parts: PartitionParts, owned: OwnedRecord, onFailed: (error: unknown) => void) {
    const { log, manager } = parts.memory;
    this.partition = owned.partition;
    this.#parts = parts;
    this.#owned = owned;
    this.#log = new PartitionLog(owned.partition, log, manager);
    this.#base = withoutPending(owned.value.ledger ?? sumOfLedgers([]));
    this.#position = owned.value.position;
    this.#checkpointed = { position: this.#position, atMs: performance.now() };
    this.#running = this.#run().catch(onFailed);
  }

  /** Message of the log that was handed on last. */
  get position(): number {
    return this.#position;
  }

  /** Messages in its log that were not read yet, as of the one read last. */
  get lag(): number {
    return this.#lag;
  }

  /** Messages that wait for their windows to be stored. */
  get heldMessages(): number {
    return this.#open?.journal.size ?? 0;
  }

  /** Everything that was counted of the partition, by all owners. */
  ledger(): LedgerSnapshot {
    return sumOfLedgers([this.#base, ...(this.#open === undefined ? [] : [this.#open.ledger.snapshot()])]);
  }

  /** What keeps results or checkpoints from being written. */
  problem(): string | undefined {
    return this.#open?.path.stored.problem() ?? this.#open?.journal.problem;
  }

  flush(): Promise<void> {
    return this.#open?.path.stored.flush() ?? Promise.resolve();
  }

  /** The way of its messages, once it is open. */
  get path(): MessagePath | undefined {
    return this.#open?.path;
  }

  /** Brings everything read so far to its end, keeps it, and gives the partition back. */
  async handOver(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    const open = this.#open;
    if (open !== undefined) {
      const finishing = async (): Promise<void> => {
        await open.time.settle(AbortSignal.timeout(HAND_OVER_WITHIN_MS));
        await this.#saving;
        await this.#checkpoint(open);
      };
      await atMost(HAND_OVER_WITHIN_MS, finishing());
    }
    open?.journal.seal();
    await this.#owned.giveUp();
    await this.#closers[Symbol.asyncDispose]();
    this.#forgetDevices();
  }

  /** Lets go of everything: another gateway has the partition. */
  async drop(): Promise<void> {
    this.#stopping.abort();
    this.#open?.journal.seal();
    await this.#running;
    await this.#closers[Symbol.asyncDispose]();
    this.#forgetDevices();
  }

  async #run(): Promise<void> {
    const startedMs = performance.now();
    const { signal } = this.#stopping;
    const open = await openPartition(this.#parts, this.#owned, this.#log, this.#closers);
    this.#open = open;
    await this.#replay(open);
    const { token } = this.#owned.right;
    this.#parts.events.partitionTaken(this.partition, token, open.devices, performance.now() - startedMs);
    let readAtMs = performance.now();
    const tick = setInterval(() => {
      if (performance.now() - readAtMs >= TICK_MS && this.#owned.mayAct)
        this.#log.tick().catch(() => undefined);
    }, TICK_MS / 2);
    try {
      for await (const entry of this.#log.read(this.#position, signal)) {
        readAtMs = Number.POSITIVE_INFINITY;
        this.#lag = entry.behind;
        await untilDecided(this.#owned);
        if (this.#owned.right.isLost) return;
        await this.#take(open, entry);
        if (signal.aborted) return;
        readAtMs = performance.now();
      }
    } finally {
      clearInterval(tick);
    }
  }

  /** Goes through the messages again whose windows are not all stored, in the time of the log. */
  async #replay({ path, time, retained }: OpenPartition): Promise<void> {
    const { signal } = this.#stopping;
    for (const { sequence, timeMs, message } of retained) {
      if (message === undefined) continue;
      await time.moveTo(timeMs, signal);
      void path.intake.goThrough({ id: sequence, message: { ...message, recovery: 'covered' } });
      await time.catchUp(signal);
      if (signal.aborted) return;
    }
    await time.moveTo(this.#owned.value.streamMs, signal);
  }

  async #take(open: OpenPartition, { sequence, timeMs, message }: LogEntry): Promise<void> {
    const { journal, path, time } = open;
    const { signal } = this.#stopping;
    if (time.isAhead(timeMs)) {
      await time.moveTo(timeMs, signal);
      if (signal.aborted) return;
      if (this.#isCheckpointDue()) this.#startCheckpoint(open);
    }
    this.#position = sequence;
    if (message === undefined) return;
    const isKnown = journal.knows(message.device, sequence);
    if (isKnown && !journal.holds(sequence)) return;
    journal.hold(sequence, message.device);
    void path.intake.goThrough({
      id: sequence,
      message: isKnown ? { ...message, recovery: 'covered' } : message,
    });
    await time.catchUp(signal);
  }

  #isCheckpointDue(): boolean {
    const { position, atMs } = this.#checkpointed;
    if (this.#saving !== undefined) return false;
    return performance.now() - atMs >= CHECKPOINT_MS || this.#position - position >= CHECKPOINT_MESSAGES;
  }

  #startCheckpoint(open: OpenPartition): void {
    this.#saving = this.#checkpoint(open)
      .catch((error: unknown) => this.#parts.events.checkpointFailed(this.partition, error))
      .finally(() => {
        this.#saving = undefined;
      });
  }

  /** Nothing may be under way: the states, the position and the ledger are of one and the same moment. */
  async #checkpoint({ journal, path, time }: OpenPartition): Promise<void> {
    this.#checkpointed = { position: this.#position, atMs: performance.now() };
    journal.mark({ position: this.#position, streamMs: time.nowMs, ledger: this.ledger() });
    await path.recovery.save();
  }

  /** What is live of its devices is live at another gateway from here on. */
  #forgetDevices(): void {
    const { config, instruments } = this.#parts;
    for (const device of instruments.registry.ids())
      if (isIn(this.partition, config, device)) instruments.registry.forget(device);
  }
}
