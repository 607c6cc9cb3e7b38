import type { Client } from 'aedes';
import { AckOrder } from '../receive.js';
import type { BrokerClient } from './broker-types.js';

/** What the broker knows of a connection, filled in as it becomes known. */
export interface Peer {
  readonly address: string | undefined;
  username: string | undefined;
  keepaliveMs: number;
  /** Topic filters it subscribed to, whether or not it still does. */
  readonly filters: Set<string>;
  /** Messages it published that are not acknowledged yet. */
  readonly order: AckOrder;
}

/** Finds what is known of an aedes client by its connection; forgets it with the connection. */
export class BrokerPeers {
  readonly #peers = new WeakMap<object, Peer>();

  add(connection: object, address: string | undefined): Peer {
    const peer = {
      address,
      username: undefined,
      keepaliveMs: 0,
      filters: new Set<string>(),
      order: new AckOrder(),
    };
    this.#peers.set(connection, peer);
    return peer;
  }

  of({ conn }: Client): Peer {
    return this.#peers.get(conn) ?? this.add(conn, undefined);
  }

  describe(client: Client): BrokerClient {
    const peer = this.of(client);
    const { username, address } = peer;
    return { clientId: client.id, username, address, connection: peer };
  }
}
