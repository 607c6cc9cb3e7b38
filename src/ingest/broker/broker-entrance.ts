import type { Duplex } from 'node:stream';
import type { Aedes } from 'aedes';
import type { BrokerPeers } from './broker-peers.js';
import type { BrokerLimits, Refusal, RefusalReason } from './broker-types.js';
import { Mqtt5Stream, readFirstPacket } from './mqtt5-stream.js';
import { PacketSizeGuard } from './packet-size-guard.js';

export interface EntranceOptions {
  readonly aedes: Aedes;
  readonly limits: BrokerLimits;
  readonly peers: BrokerPeers;
  readonly refuse: (refusal: Refusal) => void;
}

/** Client id, will topic, will payload, user name and password have at most 64 KiB each. */
const MAX_CONNECT_BYTES = 400_000;

const FRAME_TOO_LARGE = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';

/** Lets connections in to aedes, and only those that speak MQTT within the limits. */
export class BrokerEntrance {
  readonly #options: EntranceOptions;
  readonly #open = new Set<Duplex>();
  /** Those that have not said anything yet, the oldest first. */
  readonly #silent = new Map<Duplex, string | undefined>();
  #isClosed = false;

  constructor(options: EntranceOptions) {
    this.#options = options;
  }

  get connections(): number {
    return this.#open.size;
  }

  accept(stream: Duplex, address: string | undefined): void {
    // Connections break, and aedes hears of it by their end; but a WebSocket may have ended for its own limit.
    stream.on('error', (error: Error & { readonly code?: unknown }) => {
      if (error.code === FRAME_TOO_LARGE) this.#turnAway(stream, 'packet-too-large', address);
    });
    if (this.#isClosed) {
      stream.destroy();
      return;
    }
    if (this.#open.size >= this.#options.limits.maxConnections) {
      this.#turnAway(stream, 'too-many-connections', address);
      return;
    }
    this.#open.add(stream);
    stream.once('close', () => {
      this.#open.delete(stream);
      this.#silent.delete(stream);
    });
    this.#boundSilent();
    this.#awaitFirstPacket(stream, address);
  }

  /** Lets nobody in any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Ends all connections at once. */
  closeAll(): void {
    for (const stream of this.#open) stream.destroy();
  }

  /** Connections that are opened and say nothing must not keep out those that have something to say. */
  #boundSilent(): void {
    if (this.#silent.size < this.#options.limits.maxSilentConnections) return;
    const oldest = this.#silent.entries().next();
    if (oldest.done === true) return;
    const [stream, address] = oldest.value;
    this.#silent.delete(stream);
    this.#turnAway(stream, 'too-many-connections', address);
  }

  #awaitFirstPacket(stream: Duplex, address: string | undefined): void {
    this.#silent.set(stream, address);
    const timer = setTimeout(
      () => this.#turnAway(stream, 'connect-timeout', address),
      this.#options.limits.connectTimeoutMs,
    );
    let held = Buffer.alloc(0);
    const onReadable = (): void => {
      const chunk: Buffer | null = stream.read();
      if (chunk === null) return;
      held = Buffer.concat([held, chunk]);
      const first = readFirstPacket(held);
      if (first === 'incomplete') return;
      clearTimeout(timer);
      this.#silent.delete(stream);
      stream.off('readable', onReadable);
      if (first === 'not-mqtt') {
        this.#turnAway(stream, 'not-mqtt', address);
        return;
      }
      stream.unshift(held);
      this.#hand(stream, address, first === 5);
    };
    stream.on('readable', onReadable);
    stream.once('close', () => clearTimeout(timer));
  }

  #hand(stream: Duplex, address: string | undefined, isMqtt5: boolean): void {
    const { aedes, limits, peers } = this.#options;
    const guard = new PacketSizeGuard(limits.maxPacketBytes, MAX_CONNECT_BYTES);
    const watch = (chunk: Buffer): void => {
      if (!guard.pass(chunk)) this.#turnAway(stream, 'packet-too-large', address);
    };
    if (isMqtt5) {
      stream.on('data', watch);
      const translated = new Mqtt5Stream(stream, limits.maxPacketBytes);
      peers.add(translated, address);
      aedes.handle(translated);
    } else {
      peers.add(stream, address);
      aedes.handle(stream);
      // aedes reads on `readable`; beside it, `data` tells what it reads and changes nothing.
      stream.on('data', watch);
    }
  }

  #turnAway(stream: Duplex, reason: RefusalReason, address: string | undefined): void {
    stream.destroy();
    this.#options.refuse({ reason, address, detail: '' });
  }
}
