import { randomUUID } from 'node:crypto';
import type { IConnackPacket, IConnectPacket, IDisconnectPacket, Packet } from 'mqtt-packet';

/** Reason code of an MQTT 5 DISCONNECT: publish my will all the same. */
const DISCONNECT_WITH_WILL = 0x04;
const SUCCESS = 0;

/** MQTT 5 reason codes by MQTT 3.1.1 return code. */
const CONNECT_REASONS: readonly number[] = [SUCCESS, 132, 133, 136, 134, 135];
const UNSPECIFIED = 128;

/**
 * Translates one client's MQTT 5 packets to MQTT 3.1.1 and the broker's answers back (OASIS MQTT 5.0, section 3).
 *
 * What MQTT 5 adds is declined in CONNACK (topic aliases, shared subscriptions, subscription identifiers) or dropped
 * (properties of messages, options of subscriptions other than the QoS).
 */
export class Mqtt5Translation {
  readonly #maxPacketBytes: number;
  #assignedClientId: string | undefined;
  #isSessionDeclined = false;
  /** Number of filters in each UNSUBSCRIBE that is not answered yet, by packet id. */
  readonly #unsubscribes = new Map<number, number>();

  constructor(maxPacketBytes: number) {
    this.#maxPacketBytes = maxPacketBytes;
  }

  /** What the broker should receive for a client's packet; `undefined` when the connection must end instead. */
  toBroker(packet: Packet): Packet | undefined {
    switch (packet.cmd) {
      case 'connect':
        return this.#connect(packet);
      case 'publish': {
        const { cmd, topic, payload, qos, retain, dup, messageId } = packet;
        // An empty topic stands for a topic alias, and none was allowed.
        return topic === '' ? undefined : { cmd, topic, payload, qos, retain, dup, ...withId(messageId) };
      }
      case 'puback':
      case 'pubrec':
      case 'pubrel':
      case 'pubcomp':
        return { cmd: packet.cmd, ...withId(packet.messageId) };
      case 'subscribe': {
        const subscriptions = packet.subscriptions.map(({ topic, qos }) => ({ topic, qos }));
        return { cmd: 'subscribe', subscriptions, ...withId(packet.messageId) };
      }
      case 'unsubscribe':
        this.#unsubscribes.set(packet.messageId ?? 0, packet.unsubscriptions.length);
        return { cmd: 'unsubscribe', unsubscriptions: packet.unsubscriptions, ...withId(packet.messageId) };
      case 'pingreq':
        return packet;
      case 'disconnect':
        return translateDisconnect(packet);
      default:
        return undefined;
    }
  }

  /** What the client should receive for the broker's packet. */
  toClient(packet: Packet): Packet {
    if (packet.cmd === 'connack') return this.#connack(packet);
    if (packet.cmd !== 'unsuback') return packet;
    const id = packet.messageId ?? 0;
    const granted = Array.from({ length: this.#unsubscribes.get(id) ?? 1 }, () => SUCCESS);
    this.#unsubscribes.delete(id);
    return { ...packet, granted };
  }

  /** MQTT 3.1.1 has one flag for starting again and ending with the connection; sessions in between are declined. */
  #connect(packet: IConnectPacket): Packet {
    const expirySeconds = packet.properties?.sessionExpiryInterval ?? 0;
    const isKept = packet.clean === false && expirySeconds > 0;
    this.#isSessionDeclined = !isKept && expirySeconds > 0;
    this.#assignedClientId = packet.clientId === '' ? `assigned-${randomUUID()}` : undefined;
    const { keepalive, username, password, will } = packet;
    return {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: !isKept,
      clientId: this.#assignedClientId ?? packet.clientId,
      ...(keepalive !== undefined && { keepalive }),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(will !== undefined && { will: withoutProperties(will) }),
    };
  }

  #connack({ returnCode = 0, sessionPresent }: IConnackPacket): Packet {
    const reasonCode = CONNECT_REASONS[returnCode] ?? UNSPECIFIED;
    if (reasonCode !== SUCCESS) return { cmd: 'connack', reasonCode, sessionPresent: false };
    return {
      cmd: 'connack',
      reasonCode,
      sessionPresent,
      properties: {
        maximumPacketSize: this.#maxPacketBytes,
        subscriptionIdentifiersAvailable: false,
        sharedSubscriptionAvailable: false,
        ...(this.#assignedClientId !== undefined && { assignedClientIdentifier: this.#assignedClientId }),
        ...(this.#isSessionDeclined && { sessionExpiryInterval: 0 }),
      },
    };
  }
}

type Will = NonNullable<IConnectPacket['will']>;

function withoutProperties({ topic, payload, qos, retain }: Will): Will {
  return { topic, payload, ...(qos !== undefined && { qos }), ...(retain !== undefined && { retain }) };
}

function withId(messageId: number | undefined): { messageId?: number } {
  return messageId === undefined ? {} : { messageId };
}

function translateDisconnect({ reasonCode }: IDisconnectPacket): Packet | undefined {
  return reasonCode === DISCONNECT_WITH_WILL ? undefined : { cmd: 'disconnect' };
}
