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
