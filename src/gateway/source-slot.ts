import type { PartHealth } from '../domain/health.js';
import type { MessageSource, PublishOptions } from '../ingest/source.js';
import { GatewayError } from '../shared/errors.js';

/**
 * The place of the source before there is one: sinks that publish through it are built first, since nothing may come in
 * before everything it goes through is there. Publishing waits for the source.
 */
export class SourceSlot implements AsyncDisposable {
  readonly #opened: Promise<MessageSource>;
  #open: (source: MessageSource) => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;
  #source: MessageSource | undefined;

  constructor() {
    this.#opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#fail = reject;
    });
    // Whoever publishes hears of it; when nobody does there is nothing to hear.
    this.#opened.catch(() => undefined);
  }

  fill(source: MessageSource): void {
    this.#source = source;
    this.#open(source);
  }

  async publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<void> {
    await (await this.#opened).publish(topic, payload, options);
  }

  health(): PartHealth {
    return this.#source?.health() ?? { name: 'mqtt', ok: false, detail: 'not started yet' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new GatewayError('CLOSED', 'the gateway stopped before its source was open'));
    await this.#source?.[Symbol.asyncDispose]();
  }
}
