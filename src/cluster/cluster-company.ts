import type { CompanyModel } from '../company/company-model.js';
import { readCompanyModel } from '../company/read-company-model.js';
import type { HeardCompany } from '../company/shared-finder.js';
import { SignatureShelf } from '../company/signature-shelf.js';
import type { Config } from '../config/schema.js';
import type { Erasable } from '../domain/erasable.js';
import type { DeviceId } from '../domain/ids.js';
import type { CompanyUpdate } from '../domain/store.js';
import type { CompanyChoices } from '../gateway/company-choices.js';
import { comparableBy, type LiveCompany } from '../gateway/company-link.js';
import type { Instruments } from '../gateway/instruments.js';
import { trackOptions } from '../gateway/stages.js';
import { type Closers, every } from '../shared/lifetime.js';
import type { ClusterEvents } from './cluster-events.js';
import { SIGNATURES_STREAM, signatureSubject } from './cluster-streams.js';
import { logChange } from './company-entries.js';
import type { SharedMemory } from './connect-nats.js';
import type { Fence } from './fenced-sink.js';
import type { Forgotten } from './forgotten.js';
import { KeptPairs, recordFrom, withoutErased } from './kept-pairs.js';
import type { OwnerRight } from './ownership.js';
import type { PartitionOf } from './partition.js';
import { PartitionCompany } from './partition-company.js';
import { PartitionPairs } from './partition-pairs.js';
import { SharedSignatures } from './shared-signatures.js';
import { SignatureSender } from './signature-sender.js';

/** How often pairs are compared, and what was found out is told, milliseconds. */
const ROUND_MS = 1000;

interface ClusterCompanyParts {
  readonly partitionOf: PartitionOf;
  readonly memory: SharedMemory;
  readonly choices: CompanyChoices;
  readonly instruments: Pick<Instruments, 'clock' | 'registry'>;
  readonly forgotten: Forgotten;
  readonly events: Pick<ClusterEvents, 'companyFailed'>;
}

/** A partition that this gateway has. */
type Owned = Fence & { readonly right: Pick<OwnerRight, 'token' | 'isLost'> };

/** What of a partition is there when it is opened. */
interface OpenedPartition {
  readonly partition: number;
  readonly owned: Owned;
  /** What the owner before has left of its devices. */
  readonly kept: ReadonlyMap<DeviceId, readonly HeardCompany[]>;
  /** Time of its log, epoch milliseconds. */
  readonly logMs: () => number;
}

/** Company in a gateway of a cluster: how all devices move, and the partitions whose pairs are compared here. */
export class ClusterCompany implements LiveCompany {
  readonly #config: Config;
  readonly #parts: ClusterCompanyParts;
  readonly #model: CompanyModel;
  readonly #signatures: SharedSignatures | undefined;
  readonly #shelf: SignatureShelf;
  readonly #open = new Map<number, PartitionCompany>();

  private constructor(config: Config, parts: ClusterCompanyParts, model: CompanyModel, closers: Closers) {
    const { memory, choices, forgotten } = parts;
    this.#config = config;
    this.#parts = parts;
    this.#model = model;
    this.#signatures = config.company.enabled
      ? closers.add(
          new SharedSignatures({
            memory,
            isWanted: (device, atMs) => choices.takesPart(device) && !forgotten.isErased(device, atMs),
            isInUse: (device) => [...this.#open.values()].some(({ pairs }) => pairs.knows(device)),
          }),
        )
      : undefined;
    this.#shelf = this.#signatures?.shelf ?? new SignatureShelf();
  }

  static async open(config: Config, parts: ClusterCompanyParts, closers: Closers): Promise<ClusterCompany> {
    const company = new ClusterCompany(config, parts, await readCompanyModel(), closers);
    const onFailed = (error: unknown): void => parts.events.companyFailed(error);
    closers.add(every(ROUND_MS, () => company.#compare(), { onFailed }));
    return company;
  }

  /** @returns `undefined` where company is switched off, and nothing is left of it to end */
  async openPartition(
    { partition, owned, kept, logMs }: OpenedPartition,
    closers: Closers,
  ): Promise<PartitionCompany | undefined> {
    const { memory, choices, instruments, forgotten, events } = this.#parts;
    const pairs = await this.#openPairs({ partition, owned, kept, logMs });
    const isLeft = pairs.isFollowing || [...kept.values()].some((heard) => heard.length > 0);
    if (!this.#config.company.enabled && !isLeft) return undefined;
    const sender = new SignatureSender({ partition, log: memory.log, shelf: this.#shelf });
    closers.defer(() => sender.end());
    const company = new PartitionCompany(
      {
        pairs,
        sender,
        logMs,
        isErased: (device, atMs) => forgotten.isErased(device, atMs),
        isComparable: comparableBy(this.#config, { choices, registry: instruments.registry }),
        left$: choices.left$,
        isClosed: this.#config.company.closed,
        heartbeatMs: trackOptions(this.#config, 'accompanied').heartbeatMs,
      },
      kept,
    );
    this.#open.set(partition, company);
    closers.defer(() => void this.#open.delete(partition));
    const onFailed = (error: unknown): void => events.companyFailed(error, partition);
    closers.add(every(ROUND_MS, () => pairs.tell(), { onFailed }));
    return company;
  }

  now(): readonly CompanyUpdate[] {
    return [...this.#open.values()].flatMap((company) => company.now());
  }

  knownUntilMs(device: DeviceId): number | undefined {
    return this.#shelf.newestMs(device);
  }

  copyOf(device: DeviceId): DeviceId | undefined {
    for (const { pairs } of this.#open.values()) {
      const other = pairs.copyOf(device);
      if (other !== undefined) return other;
    }
    return undefined;
  }

  /** What is known of a device's movement, and of others with it. */
  get erasable(): Erasable {
    return {
      name: 'pairs of company',
      forget: async (device) => {
        this.#signatures?.forget(device);
        for (const company of this.#open.values()) await company.erase(device);
        const filter = signatureSubject(this.#parts.partitionOf(device));
        await this.#parts.memory.manager.streams.purge(SIGNATURES_STREAM, { filter });
      },
      holds: (device) => Promise.resolve(this.now().some((now) => now.with === device)),
    };
  }

  /** One stretch after the other, each by all: what has been compared by none must not leave the shelf. */
  async #compare(): Promise<void> {
    let isMore = true;
    while (isMore) {
      const open = Array.from(this.#open.values(), ({ pairs }) => pairs);
      isMore = this.#signatures?.step(Math.min(...open.map(({ keptToMs }) => keptToMs))) ?? false;
      for (const pairs of open) await pairs.compare();
    }
  }

  async #openPairs({ partition, owned, kept: heard, logMs }: OpenedPartition): Promise<PartitionPairs> {
    const { partitionOf, memory, choices, forgotten, instruments } = this.#parts;
    const { devices } = this.#config;
    const kept = new KeptPairs(memory.company, partition);
    const before = (await kept.read()) ?? recordFrom(heard);
    return new PartitionPairs(
      {
        owned,
        kept,
        logMs,
        model: this.#model,
        shelf: this.#shelf,
        subjectOf: (device) => devices[device]?.subject ?? device,
        isOwn: (device) => partitionOf(device) === partition,
        takesPart: (device) => choices.takesPart(device),
        nowMs: () => instruments.clock.nowMs(),
        tell: (change) => logChange({ log: memory.log, partitionOf }, change),
      },
      before && withoutErased(before, forgotten),
    );
  }
}
