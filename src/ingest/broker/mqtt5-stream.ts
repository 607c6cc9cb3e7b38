import { Duplex } from 'node:stream';
import { generate, type Packet, type Parser, parser } from 'mqtt-packet';
import { Mqtt5Translation } from './mqtt5-translation.js';

/**
 * The connection of an MQTT 5 client as a broker sees it that speaks MQTT 3.1.1 only. Bytes are read from the client no
 * faster than the broker reads them, and the other way round.
 */
export class Mqtt5Stream extends Duplex {
  readonly #client: Duplex;
  readonly #translation: Mqtt5Translation;
  readonly #fromClient: Parser = parser({ protocolVersion: 5 });
  readonly #fromBroker: Parser = parser({ protocolVersion: 4 });
  #answers: Buffer[] = [];

  /** @param maxPacketBytes announced to the client */
  constructor(client: Duplex, maxPacketBytes: number) {
    super();
    this.#client = client;
    this.#translation = new Mqtt5Translation(maxPacketBytes);
    this.#fromClient.on('packet', (packet) => this.#pass(packet));
    this.#fromClient.on('error', (error) => this.destroy(error));
    this.#fromBroker.on('packet', (packet) => {
      this.#answers.push(generate(this.#translation.toClient(packet), { protocolVersion: 5 }));
    });
    client.on('data', (chunk: Buffer) => this.#attempt(() => this.#fromClient.parse(chunk)));
    client.on('end', () => this.push(null));
    client.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#client.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#attempt(() => this.#fromBroker.parse(chunk));
    const bytes = Buffer.concat(this.#answers);
    this.#answers = [];
    if (bytes.length === 0) done();
    else this.#client.write(bytes, (error) => done(error ?? undefined));
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', done);
  }

  override _final(done: () => void): void {
    this.#client.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#client.destroy();
    done(error);
  }

  /** Whatever a client sends may end its connection, and nothing else. */
  #attempt(translate: () => void): void {
    try {
      translate();
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #pass(packet: Packet): void {
    const translated = this.#translation.toBroker(packet);
    if (translated === undefined) this.destroy();
    else if (!this.push(generate(translated, { protocolVersion: 4 }))) this.#client.pause();
  }
}

/** What the first bytes of a connection say: the MQTT protocol level, that it is not MQTT, or not enough yet. */
type FirstPacket = 'incomplete' | 'not-mqtt' | 3 | 4 | 5;

const CONNECT = 0x10;
const CONTINUES = 0x80;
const MAX_LENGTH_BYTES = 4;
const PROTOCOL_NAMES: readonly Buffer[] = [Buffer.from('\0\x04MQTT'), Buffer.from('\0\x06MQIsdp')];
/** Set in the level byte by bridges of other brokers. */
const BRIDGE = 0x80;

/** Reads the protocol level from the first bytes of a connection, as early as they allow. */
export function readFirstPacket(bytes: Buffer): FirstPacket {
  if (bytes.length === 0) return 'incomplete';
  if (bytes[0] !== CONNECT) return 'not-mqtt';
  let nameAt = 1;
  while (((bytes[nameAt] ?? 0) & CONTINUES) !== 0) nameAt += 1;
  nameAt += 1;
  if (nameAt > 1 + MAX_LENGTH_BYTES) return 'not-mqtt';
  if (bytes.length <= nameAt) return 'incomplete';
  const named = PROTOCOL_NAMES.find((name) => startsAlike(bytes.subarray(nameAt), name));
  if (named === undefined) return 'not-mqtt';
  const level = bytes[nameAt + named.length];
  if (level === undefined) return 'incomplete';
  return levelOf(level & ~BRIDGE);
}

function levelOf(level: number): FirstPacket {
  return level === 3 || level === 4 || level === 5 ? level : 'not-mqtt';
}

/** Whether bytes begin with a name, or are a beginning of it. */
function startsAlike(bytes: Buffer, name: Buffer): boolean {
  const length = Math.min(bytes.length, name.length);
  return bytes.subarray(0, length).equals(name.subarray(0, length));
}
