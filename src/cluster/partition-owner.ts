import { every } from '../shared/lifetime.js';
import { decide } from './balance.js';
import { type BucketEntry, fromBytes, toBytes } from './bucket.js';
import type { ClusterEvents } from './cluster-events.js';
import type { SharedMemory } from './connect-nats.js';
import { ableAmong, differencesOf, type Member, type MemberRecord } from './members.js';
import { type Monotonic, OwnedRecord } from './owned-record.js';
import { LEASE_MS, NEVER_SEEN, type OwnerRecord, RENEW_MS } from './ownership.js';
import type { PartitionRun } from './run-partition.js';
import { ConnectedTime, Sightings } from './sightings.js';

/** How often it is looked what may be taken, milliseconds. */
const LOOK_MS = 250;
/** A gateway of which nothing was heard for so long is listed no more, milliseconds of connected time. */
const GONE_MS = 30_000;
/** Behind everybody who is there. */
const NOT_JOINED = Number.MAX_SAFE_INTEGER;

interface OwnerParts {
  /** Name of this run of the gateway: no other has it. */
  readonly gateway: string;
  /** What it says of itself now. */
  readonly member: () => Omit<MemberRecord, 'isLeaving' | 'joinedAt' | 'obstacle'>;
  readonly partitions: number;
  readonly memory: Pick<SharedMemory, 'owners' | 'members'>;
  /** Monotonic time. */
  readonly now: Monotonic;
  readonly events: ClusterEvents;
  readonly startRun: (
    partition: number,
    owned: OwnedRecord,
    onFailed: (error: unknown) => void,
  ) => PartitionRun;
}

interface Holding {
  readonly owned: OwnedRecord;
  readonly run: PartitionRun;
  /** While it is handed over or dropped. */
  leaving: Promise<void> | undefined;
}

/** Owns a fair part of the partitions, as long as it lives; what it owns it says again and again. */
export class PartitionOwner implements AsyncDisposable {
  readonly #parts: OwnerParts;
  readonly #connected = new ConnectedTime();
  readonly #records = new Sightings<OwnerRecord>();
  readonly #members = new Sightings<MemberRecord>();
  readonly #holdings = new Map<number, Holding>();
  readonly #taking = new Set<number>();
  #closers: AsyncDisposable[] = [];
  #isLeaving = false;
  #joinedAt = NOT_JOINED;
  #obstacle: string | undefined;

  private constructor(parts: OwnerParts) {
    this.#parts = parts;
  }

  static async start(parts: OwnerParts): Promise<PartitionOwner> {
    const owner = new PartitionOwner(parts);
    await owner.#start();
    return owner;
  }

  /** What runs here now. */
  get runs(): readonly PartitionRun[] {
    return Array.from(this.#holdings.values(), ({ run }) => run);
  }

  run(partition: number): PartitionRun | undefined {
    return this.#holdings.get(partition)?.run;
  }

  /** Gateways of which something was heard within the lease, this one too. */
  get present(): readonly string[] {
    return this.#members
      .list(this.#connected.nowMs, LEASE_MS)
      .flatMap(({ key, isFresh }) => (isFresh ? [key] : []));
  }

  /** Why this gateway may own nothing; `undefined` while it may. */
  get obstacle(): string | undefined {
    return this.#obstacle;
  }

  /** Partitions that no living gateway owns, as far as this one sees. */
  get withoutOwner(): number {
    return this.#owners().filter((owner) => owner === '').length;
  }

  /** Hands everything over; others take it at once, and this gateway nothing more. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    const said = this.#sayMember().catch(() => undefined);
    await Promise.all([said, ...Array.from(this.#holdings.values(), (holding) => this.#handOver(holding))]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
    for (const closer of this.#closers.reverse()) await closer[Symbol.asyncDispose]();
    await this.#parts.memory.members.remove(this.#parts.gateway).catch(() => undefined);
  }

  async #start(): Promise<void> {
    const { memory, events } = this.#parts;
    const onFailed = (error: unknown): void => events.roundFailed(error);
    await this.#sayMember();
    const looking = every(LOOK_MS, () => this.#look(), { onFailed });
    this.#closers = [
      await memory.owners.watch((entry) => {
        if (this.#sawRecord(entry).isGivenBack) looking.now();
      }),
      await memory.members.watch((entry) => this.#sawMember(entry)),
      every(RENEW_MS, () => this.#sayAgain(), { onFailed }),
      looking,
    ];
  }

  #sawRecord({ key, revision, value }: BucketEntry): { readonly isGivenBack: boolean } {
    if (value === undefined) return { isGivenBack: false };
    const record = fromBytes<OwnerRecord>(value);
    const { owner = '' } = this.#records.get(key)?.value ?? {};
    this.#records.saw(key, { revision, value: record }, this.#connected.nowMs);
    return { isGivenBack: owner !== '' && record.owner === '' };
  }

  #sawMember({ key, revision, value }: BucketEntry): void {
    if (value === undefined) this.#members.gone(key);
    else {
      this.#members.saw(key, { revision, value: fromBytes(value) }, this.#connected.nowMs);
    }
  }

  /** Nothing waits for one another here: a partition whose servers do not answer must not cost the others their lease. */
  #sayAgain(): void {
    for (const { owned } of this.#holdings.values()) void owned.renew();
    void this.#sayMember().catch(() => undefined);
  }

  async #sayMember(): Promise<void> {
    const { gateway, memory, member } = this.#parts;
    const record: MemberRecord = {
      ...member(),
      joinedAt: this.#joinedAt,
      isLeaving: this.#isLeaving,
      ...(this.#obstacle === undefined ? {} : { obstacle: this.#obstacle }),
    };
    const revision = await memory.members.put(gateway, toBytes(record));
    this.#joinedAt = Math.min(this.#joinedAt, revision);
  }

  async #look(): Promise<void> {
    const { memory, now } = this.#parts;
    for (const holding of this.#holdings.values()) if (holding.owned.right.isLost) void this.#drop(holding);
    // The bucket itself is asked: what it does not answer, others could not say to it either.
    await memory.owners.get('0');
    if (this.#connected.answered(now())) {
      this.#records.beginAgain(this.#connected.nowMs);
      this.#members.beginAgain(this.#connected.nowMs);
    }
    await this.#removeGone();
    if (!this.#isLeaving) this.#balance();
  }

  /** Who died could not say so; one that wakes up says again that it is there. */
  async #removeGone(): Promise<void> {
    const { gateway, memory } = this.#parts;
    for (const { key, isFresh } of this.#members.list(this.#connected.nowMs, GONE_MS))
      if (!isFresh && key !== gateway) await memory.members.remove(key);
  }

  #balance(): void {
    const { gateway, member } = this.#parts;
    const own = { name: gateway, joinedAt: this.#joinedAt, ...member() };
    const others = this.#members
      .list(this.#connected.nowMs, LEASE_MS)
      .filter(({ key, value, isFresh }) => isFresh && !value.isLeaving && key !== gateway)
      .map(({ key, value }) => ({ ...value, name: key }));
    const able = ableAmong([...others, own]);
    this.#noteAble(able, own);
    const members = able.map(({ name }) => name);
    const { take, letGo } = decide({ self: gateway, members, owners: this.#owners() });
    for (const partition of letGo) {
      const holding = this.#holdings.get(partition);
      if (holding !== undefined) void this.#handOver(holding);
    }
    for (const partition of take) void this.#take(partition);
  }

  #noteAble(able: readonly Member[], own: Member): void {
    const [other] = able;
    const isAble = other === undefined || able.includes(own);
    const obstacle = isAble
      ? undefined
      : `its models are not those of ${other.name}: ${differencesOf(own.models, other.models)}`;
    if (obstacle !== undefined && obstacle !== this.#obstacle) this.#parts.events.notAble(obstacle);
    this.#obstacle = obstacle;
  }

  /** The owner of each partition; empty where it may be taken. */
  #owners(): string[] {
    const fresh = new Map(
      this.#records
        .list(this.#connected.nowMs, LEASE_MS)
        .map(({ key, value, isFresh }) => [key, isFresh ? value.owner : '']),
    );
    return Array.from({ length: this.#parts.partitions }, (_, partition) =>
      this.#isHeld(partition) ? this.#parts.gateway : (fresh.get(String(partition)) ?? ''),
    );
  }

  #isHeld(partition: number): boolean {
    const holding = this.#holdings.get(partition);
    return holding === undefined ? this.#taking.has(partition) : holding.leaving === undefined;
  }

  async #take(partition: number): Promise<void> {
    // One that is let go of may still be closing.
    if (this.#taking.has(partition) || this.#holdings.has(partition)) return;
    this.#taking.add(partition);
    try {
      const { gateway, memory, now, startRun } = this.#parts;
      const seen = this.#records.get(String(partition)) ?? NEVER_SEEN;
      const owned = await OwnedRecord.take(String(partition), seen, gateway, {
        bucket: memory.owners,
        now,
      });
      if (owned === undefined) return;
      const run = startRun(partition, owned, (error) => this.#failed(partition, error));
      const holding = { owned, run, leaving: undefined };
      this.#holdings.set(partition, holding);
      if (this.#isLeaving) await this.#handOver(holding);
    } finally {
      this.#taking.delete(partition);
    }
  }

  /** Somebody else may fare better; and if not, it comes back. */
  #failed(partition: number, error: unknown): void {
    const holding = this.#holdings.get(partition);
    if (holding === undefined || holding.leaving !== undefined) return;
    this.#parts.events.partitionFailed(partition, error);
    void this.#handOver(holding);
  }

  #handOver(holding: Holding): Promise<void> {
    holding.leaving ??= this.#leave(holding, () => holding.run.handOver());
    return holding.leaving;
  }

  #drop(holding: Holding): Promise<void> {
    holding.leaving ??= this.#leave(holding, async () => {
      this.#parts.events.partitionLost(holding.run.partition);
      await holding.run.drop();
    });
    return holding.leaving;
  }

  async #leave({ run }: Holding, leave: () => Promise<void>): Promise<void> {
    await leave().catch((error: unknown) => this.#parts.events.partitionFailed(run.partition, error));
    this.#holdings.delete(run.partition);
  }
}
