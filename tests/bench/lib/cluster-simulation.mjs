// Gateways that share partitions, simulated on a clock of milliseconds: what they see arrives late, their writes are conditional and
// take time, and they decide by src/cluster/balance.ts.
import { decide } from '../../../build/cluster/balance.js';

/** As in the cluster: how often a gateway decides and writes its records, and how long an owner may be silent. */
const DECIDE_MS = 500;
const LEASE_MS = 3000;
/** Assumed, from measurements on NATS: a change is seen, a conditional write is answered, the last checkpoint is made. */
const SEEN_MS = [1, 50];
const WRITE_MS = [1, 10];
const CHECKPOINT_MS = [50, 500];

export class ClusterSimulation {
  #nowMs = 0;
  #random;
  /** What happens at each millisecond. @type {Map<number, (() => void)[]>} */
  #agenda = new Map();
  /** The bucket: each partition's owner and revision, and since when it has none that works. */
  #records;
  #gateways = new Map();
  moves = 0;
  writesLost = 0;
  longestWithoutOwnerMs = 0;

  constructor(partitions, random) {
    this.#random = random;
    this.#records = Array.from({ length: partitions }, () => ({
      owner: '',
      revision: 0,
      ownerlessSinceMs: 0,
    }));
  }

  get owners() {
    return this.#records.map(({ owner }) => owner);
  }

  get members() {
    return [...this.#gateways.values()].filter((gateway) => this.#mayOwn(gateway)).map(({ name }) => name);
  }

  /** Counts from here on. */
  reset() {
    this.moves = 0;
    this.writesLost = 0;
    this.longestWithoutOwnerMs = 0;
  }

  join(name) {
    const seen = this.#records.map(({ owner, revision }) => ({ owner, revision }));
    const gateway = { name, seen, members: new Set(), busy: new Set(), isAlive: true, isLeaving: false };
    gateway.hearingMs = this.#between(SEEN_MS);
    for (const other of this.#gateways.values()) if (this.#mayOwn(other)) gateway.members.add(other.name);
    this.#gateways.set(name, gateway);
    this.#tellAll((viewer) => viewer.members.add(name));
    const tick = () => {
      if (!gateway.isAlive) return;
      this.#act(gateway);
      this.#after(DECIDE_MS, tick);
    };
    this.#after(this.#between([0, DECIDE_MS]), tick);
  }

  /** Stopped in order: it lets go of everything, and ends. */
  leave(name) {
    const gateway = this.#gateways.get(name);
    gateway.isLeaving = true;
    this.#tellAll((viewer) => viewer.members.delete(name));
  }

  /** Killed: others notice by its silence, each partition's and that of its member record. */
  crash(name) {
    const gateway = this.#gateways.get(name);
    gateway.isAlive = false;
    const lastSignMs = () => this.#nowMs - this.#between([0, DECIDE_MS]);
    for (const record of this.#records.filter(({ owner }) => owner === name)) {
      record.ownerlessSinceMs = this.#nowMs;
      record.lastSignMs = lastSignMs();
    }
    const memberSignMs = lastSignMs();
    for (const viewer of this.#gateways.values()) {
      const delayMs = memberSignMs + LEASE_MS + viewer.hearingMs - this.#nowMs;
      this.#after(delayMs, () => viewer.members.delete(name));
    }
  }

  /** Lets time pass until nobody has had anything to do for longer than a lease; gives the milliseconds that it took. */
  settle() {
    const beganMs = this.#nowMs;
    let quietSinceMs = this.#nowMs;
    while (this.#nowMs - quietSinceMs < 2 * LEASE_MS) {
      const before = this.moves;
      for (const act of this.#agenda.get(this.#nowMs) ?? []) act();
      this.#agenda.delete(this.#nowMs);
      const isBusy = this.#records.some(({ owner }) => owner === '' || !this.#gateways.get(owner)?.isAlive);
      if (this.moves > before || isBusy) quietSinceMs = this.#nowMs;
      this.#nowMs += 1;
    }
    return quietSinceMs - beganMs;
  }

  #act(gateway) {
    const members = gateway.isLeaving ? [] : [...gateway.members];
    const owners = gateway.seen.map((_, partition) => this.#ownerSeenBy(gateway, partition));
    const { take, letGo } = decide({ self: gateway.name, members, owners });
    for (const partition of take) this.#write(gateway, partition, gateway.name, this.#between(WRITE_MS));
    for (const partition of letGo) this.#write(gateway, partition, '', this.#between(CHECKPOINT_MS));
  }

  /** Free where the owner let go, or where nothing was heard of it for a lease. */
  #ownerSeenBy(gateway, partition) {
    const { owner } = gateway.seen[partition];
    const { lastSignMs } = this.#records[partition];
    const isSilent = lastSignMs !== undefined && this.#nowMs - lastSignMs > LEASE_MS + gateway.hearingMs;
    return isSilent ? '' : owner;
  }

  /** Writes a record after a while, if nobody has written it since this gateway saw it. */
  #write(gateway, partition, owner, afterMs) {
    if (gateway.busy.has(partition)) return;
    gateway.busy.add(partition);
    const { revision } = gateway.seen[partition];
    this.#after(afterMs, () => {
      gateway.busy.delete(partition);
      const record = this.#records[partition];
      if (!gateway.isAlive) return;
      if (record.revision !== revision) {
        this.writesLost += 1;
        return;
      }
      this.#change(record, owner);
      const news = { owner, revision: record.revision };
      gateway.seen[partition] = news;
      this.#tellAll((viewer) => {
        if (viewer.seen[partition].revision < news.revision) viewer.seen[partition] = news;
      });
    });
  }

  #change(record, owner) {
    record.revision += 1;
    record.owner = owner;
    if (owner === '') {
      record.ownerlessSinceMs = this.#nowMs;
      return;
    }
    this.moves += 1;
    this.longestWithoutOwnerMs = Math.max(this.longestWithoutOwnerMs, this.#nowMs - record.ownerlessSinceMs);
    record.lastSignMs = undefined;
  }

  #mayOwn({ isAlive, isLeaving }) {
    return isAlive && !isLeaving;
  }

  #tellAll(tell) {
    for (const viewer of this.#gateways.values()) this.#after(this.#between(SEEN_MS), () => tell(viewer));
  }

  #after(delayMs, act) {
    const atMs = this.#nowMs + Math.max(1, delayMs);
    this.#agenda.set(atMs, [...(this.#agenda.get(atMs) ?? []), act]);
  }

  #between([least, most]) {
    return Math.round(least + this.#random.next() * (most - least));
  }
}
