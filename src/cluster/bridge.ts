import type { PartHealth } from '../domain/device.js';
import type { MessageSource, PublishOptions } from '../ingest/source.js';
import { RetainedQueue } from '../notify/retained-queue.js';
import { backoffMs } from '../shared/backoff.js';
import { every } from '../shared/lifetime.js';
import type { Bucket } from './bucket.js';
import type { ClusterEvents } from './cluster-events.js';
import { type Monotonic, OwnedRecord, readRecord } from './owned-record.js';
import { LEASE_MS, NEVER_SEEN, type OwnerRecord, RENEW_MS } from './ownership.js';
import { bridgeKey } from './partition.js';
import { ConnectedTime, Sightings } from './sightings.js';

/** How often it is looked who has the bridge, milliseconds. */
const LOOK_MS = 250;
/** A gateway that does not reach the broker has the bridge for no longer, milliseconds: another may reach it. */
const UNREACHED_MS = 15_000;
/** Then it leaves the bridge to others for so long, longer each time. */
const LEFT_TO_OTHERS = { initialMs: 5000, maxMs: 20_000 };

interface BridgeParts {
  /** The external broker, and the client that the gateway is there. */
  readonly to: string;
  /** Name of this run of the gateway. */
  readonly gateway: string;
  readonly owners: Bucket;
  readonly now: Monotonic;
  readonly events: Pick<ClusterEvents, 'bridgeTaken' | 'bridgeGivenUp' | 'bridgeLost' | 'retainedFailed'>;
  /** Connects to the external broker. */
  readonly connect: () => MessageSource;
  /** @defaultValue 15_000 */
  readonly unreachedMs?: number;
}

/** The connection to the external broker while it is open. */
interface Link {
  readonly source: MessageSource;
  readonly retained: RetainedQueue;
  /** When the broker was reached last, or the link was opened; monotonic, milliseconds. */
  reachedMs: number;
}

/** Why, and until when, a gateway leaves the bridge to others. */
interface Pause {
  readonly untilMs: number;
  readonly problem: string;
}

/**
 * The client of an external broker that all gateways of a cluster are together: one at a time is connected, by a record that it
 * leases as it does a partition.
 *
 * All have the same client ID, so the broker keeps for the next what it has not delivered to the one before. A gateway that cannot
 * renew its record disconnects, since it would take the session from the one that has the bridge by then.
 */
export class Bridge implements MessageSource {
  readonly ready: Promise<void>;
  readonly to: string;
  readonly #parts: BridgeParts;
  readonly #key: string;
  readonly #connected = new ConnectedTime();
  readonly #records = new Sightings<OwnerRecord>();
  readonly #rounds: AsyncDisposable[];
  /** What brokers retain, by topic; empty: nothing any more. The next client says it all. */
  readonly #retained = new Map<string, string>();
  #owned: OwnedRecord | undefined;
  #link: Link | undefined;
  #pause: Pause | undefined;
  /** Times in a row that the bridge was had and the broker not reached. */
  #failures = 0;
  #isReady: () => void = () => undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.to = parts.to;
    this.#key = bridgeKey(parts.to);
    this.ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    // That NATS is away is reported elsewhere.
    const onFailed = (): void => undefined;
    this.#rounds = [
      every(LOOK_MS, () => this.#look(), { onFailed }),
      every(RENEW_MS, () => void this.#owned?.renew(), { onFailed }),
    ];
  }

  /** Whether this gateway is the client now. */
  get isHeld(): boolean {
    return this.#link !== undefined;
  }

  /** Why nothing comes from the broker, as far as this gateway is the one to know. */
  get problem(): string | undefined {
    const health = this.#link?.source.health();
    if (health === undefined) return this.#pause?.problem;
    return health.ok ? undefined : health.detail;
  }

  async publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): Promise<void> {
    if (options.retain !== true) {
      await this.#link?.source.publish(topic, payload, options);
      return;
    }
    const text = typeof payload === 'string' ? payload : Buffer.from(payload).toString();
    this.#retained.set(topic, text);
    this.#link?.retained.set(topic, text);
  }

  health(): PartHealth {
    const { to, gateway } = this.#parts;
    if (this.#link !== undefined) return this.#link.source.health();
    const owner = this.#owner;
    const isOther = owner !== '' && owner !== gateway;
    if (isOther) return { name: 'mqtt', ok: true, detail: `gateway ${owner} has the bridge to ${to}` };
    const why = this.#pause === undefined ? '' : ` (${this.#pause.problem})`;
    const detail = `no gateway has the bridge to ${to}${why}; the broker keeps messages of QoS 1`;
    return { name: 'mqtt', ok: false, detail };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Who has the bridge, as far as this gateway has seen; empty where it may be taken. */
  get #owner(): string {
    return this.#records.fresh(this.#key, this.#connected.nowMs, LEASE_MS)?.owner ?? '';
  }

  async #look(): Promise<void> {
    const owned = this.#owned;
    if (owned === undefined) await this.#takeIfFree();
    else if (owned.right.isLost) await this.#lose();
    else if (!owned.mayAct) await this.#disconnect();
    else await this.#serve(owned);
  }

  /** Is the client as long as the broker can be reached. */
  async #serve(owned: OwnedRecord): Promise<void> {
    const { now, unreachedMs = UNREACHED_MS } = this.#parts;
    this.#link ??= this.#connect();
    const { ok, detail } = this.#link.source.health();
    if (ok) {
      this.#link.reachedMs = now();
      this.#failures = 0;
    } else if (now() - this.#link.reachedMs >= unreachedMs) {
      await this.#leaveToOthers(owned, detail);
    }
  }

  async #leaveToOthers(owned: OwnedRecord, problem: string): Promise<void> {
    const { to, events, now } = this.#parts;
    this.#failures += 1;
    this.#pause = { untilMs: now() + backoffMs(this.#failures, LEFT_TO_OTHERS, Math.random), problem };
    this.#owned = undefined;
    await this.#disconnect();
    await owned.giveUp();
    events.bridgeGivenUp(to, problem);
  }

  async #takeIfFree(): Promise<void> {
    const { owners, gateway, now, events, to } = this.#parts;
    const found = await readRecord(owners, this.#key);
    if (found !== undefined) this.#records.saw(this.#key, found, this.#connected.nowMs);
    if (this.#connected.answered(now())) this.#records.beginAgain(this.#connected.nowMs);
    if (this.#owner !== '') {
      this.#isReady();
      return;
    }
    if (this.#pause !== undefined && now() < this.#pause.untilMs) return;
    const edge = { bucket: owners, now };
    this.#owned = await OwnedRecord.take(this.#key, found ?? NEVER_SEEN, gateway, edge);
    if (this.#owned === undefined || this.#closing !== undefined) return;
    this.#pause = undefined;
    events.bridgeTaken(to, this.#owned.right.token);
    this.#link = this.#connect();
  }

  #connect(): Link {
    const { connect, events, now } = this.#parts;
    const source = connect();
    source.ready.then(this.#isReady, () => undefined);
    const retained = new RetainedQueue({ publisher: source, onFailed: events.retainedFailed });
    for (const [topic, payload] of this.#retained) retained.set(topic, payload);
    return { source, retained, reachedMs: now() };
  }

  async #disconnect(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    // What waits to be retained is let go of first: the next client says it.
    await Promise.all([link?.retained[Symbol.asyncDispose](), link?.source[Symbol.asyncDispose]()]);
  }

  async #lose(): Promise<void> {
    this.#owned = undefined;
    this.#parts.events.bridgeLost(this.#parts.to);
    await this.#disconnect();
  }

  /** Another gateway takes it at once. */
  async #close(): Promise<void> {
    const [looking, renewing] = this.#rounds;
    await looking?.[Symbol.asyncDispose]();
    await this.#disconnect();
    await renewing?.[Symbol.asyncDispose]();
    if (this.#owned !== undefined && !this.#owned.right.isLost) {
      await this.#owned.giveUp();
      this.#parts.events.bridgeGivenUp(this.#parts.to);
    }
  }
}
