import type { Settlement } from '../domain/delivery.js';
import type { DeviceId } from '../domain/ids.js';
import type { LedgerSnapshot } from '../domain/ledger.js';
import type { MessagePath } from '../gateway/run-pipeline.js';
import { type Ledger, sumOfLedgers, withoutPending } from '../telemetry/ledger.js';
import type { LogTime } from './log-time.js';
import type { OwnerRecord } from './ownership.js';
import type { PartitionAlerts } from './partition-alerts.js';
import type { PartitionCompany } from './partition-company.js';
import type { PartitionJournal } from './partition-journal.js';
import type { LogEntry } from './partition-log.js';

interface ReadingParts {
  readonly path: MessagePath;
  readonly alerts: PartitionAlerts;
  /** `undefined` where company is switched off. */
  readonly company: Pick<PartitionCompany, 'hear'> | undefined;
  readonly journal: PartitionJournal;
  readonly time: LogTime;
  /** What this owner counts. */
  readonly ledger: Pick<Ledger, 'snapshot'>;
  /** Messages before the position whose windows are not all stored. */
  readonly retained: readonly LogEntry[];
  /** Devices whose states were read. */
  readonly devices: number;
}

/** A message that was handed on. */
export interface Taken {
  readonly settlement: Promise<Settlement>;
}

/**
 * The reading of one partition's log, from where the owner before has stopped: entry by entry, in the time of the log. What is
 * found out depends on the log alone, and not on who has read how much of it, or when.
 */
export class PartitionReading {
  readonly path: MessagePath;
  readonly alerts: PartitionAlerts;
  readonly journal: PartitionJournal;
  readonly devices: number;
  readonly #parts: ReadingParts;
  readonly #base: LedgerSnapshot;
  readonly #streamMs: number;
  /** The last message of each erased device that is not to be handed on. */
  readonly #erasedUpTo = new Map<DeviceId, number>();
  #position: number;
  /** Whose message is being handed on. */
  #taking: DeviceId | undefined;

  /** @param from the record as the owner before has left it */
  constructor(parts: ReadingParts, from: Pick<OwnerRecord, 'position' | 'streamMs' | 'ledger'>) {
    this.path = parts.path;
    this.alerts = parts.alerts;
    this.journal = parts.journal;
    this.devices = parts.devices;
    this.#parts = parts;
    this.#base = ledgerBefore(from);
    this.#streamMs = from.streamMs;
    this.#position = from.position;
  }

  /** Message of the log that was handed on last. */
  get position(): number {
    return this.#position;
  }

  /** Everything that was counted of the partition, by all owners. */
  ledger(): LedgerSnapshot {
    return sumOfLedgers([this.#base, this.#parts.ledger.snapshot()]);
  }

  /** Whether something of a device is on its way to the store. */
  hasOf(device: DeviceId): boolean {
    return this.#taking === device || this.path.pending.hasOf(device);
  }

  /** A device was erased from the log up to a sequence: what of it was read ahead is not handed on. */
  passOver(device: DeviceId, upTo: number): void {
    this.#erasedUpTo.set(device, upTo);
  }

  /** Goes through the messages again whose windows are not all stored; before anything else. */
  async replay(signal: AbortSignal): Promise<void> {
    const { path, time, retained } = this.#parts;
    for (const { sequence, timeMs, message } of retained) {
      if (message === undefined || this.#isErased(message.device, sequence)) continue;
      await time.moveTo(timeMs, signal);
      void path.intake.goThrough({ id: sequence, message: { ...message, recovery: 'covered' } });
      await time.catchUp(signal);
      if (signal.aborted) return;
    }
    await time.moveTo(this.#streamMs, signal);
  }

  /**
   * Lets time pass up to that of an entry.
   *
   * @returns whether there was a step: nothing is under way then, so that a checkpoint may be made before the entry is taken
   */
  async reach({ timeMs }: LogEntry, signal: AbortSignal): Promise<boolean> {
    const { time } = this.#parts;
    if (!time.isAhead(timeMs)) return false;
    await time.moveTo(timeMs, signal);
    return !signal.aborted;
  }

  /** Hands an entry on, unless the state of its device knows it. */
  async take(entry: LogEntry, signal: AbortSignal): Promise<Taken | undefined> {
    const { company, journal, path, time } = this.#parts;
    const { sequence, message } = entry;
    this.#position = sequence;
    if (entry.company !== undefined && !journal.knows(entry.company.device, sequence)) company?.hear(entry);
    if (message === undefined || this.#isErased(message.device, sequence)) return undefined;
    const isKnown = journal.knows(message.device, sequence);
    if (isKnown && !journal.holds(sequence)) return undefined;
    journal.hold(sequence, message.device);
    this.#taking = message.device;
    const settlement = path.intake.goThrough({
      id: sequence,
      message: isKnown ? { ...message, recovery: 'covered' } : message,
    });
    await time.catchUp(signal);
    this.#taking = undefined;
    return { settlement };
  }

  /** Resolves once the outcome of everything taken is known. */
  async settle(signal: AbortSignal): Promise<void> {
    await this.#parts.time.settle(signal);
  }

  /** Nothing may be under way: the states, the position and the ledger are of one and the same moment. */
  async checkpoint(): Promise<void> {
    const { journal, path, time } = this.#parts;
    journal.mark({ position: this.#position, streamMs: time.nowMs, ledger: this.ledger() });
    await path.recovery.save();
  }

  #isErased(device: DeviceId, sequence: number): boolean {
    const upTo = this.#erasedUpTo.get(device);
    if (upTo === undefined) return false;
    if (sequence <= upTo) return true;
    this.#erasedUpTo.delete(device);
    return false;
  }
}

/** What earlier owners have counted; what was pending then becomes due once more. */
export function ledgerBefore({ ledger }: Pick<OwnerRecord, 'ledger'>): LedgerSnapshot {
  return withoutPending(ledger ?? sumOfLedgers([]));
}
