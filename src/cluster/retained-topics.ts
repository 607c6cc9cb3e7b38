import type { StatusPublisher } from '../notify/mqtt-status.js';
import { GatewayError, messageOf } from '../shared/errors.js';
import type { Bucket, BucketEntry } from './bucket.js';
import { escapeName, unescapeName } from './partition.js';

interface RetainedParts {
  readonly bucket: Bucket;
  /** The broker of this gateway. */
  readonly own: StatusPublisher;
  readonly onFailed: (error: unknown) => void;
}

/** Retained messages at the brokers of all gateways: they lie in a bucket, and each gateway publishes what it holds at its own. */
export class RetainedTopics implements StatusPublisher, AsyncDisposable {
  readonly #parts: RetainedParts;
  #watching: AsyncDisposable | undefined;

  private constructor(parts: RetainedParts) {
    this.#parts = parts;
  }

  static async open(parts: RetainedParts): Promise<RetainedTopics> {
    const topics = new RetainedTopics(parts);
    topics.#watching = await parts.bucket.watch((entry) => topics.#say(entry));
    return topics;
  }

  /** @throws GatewayError `STORE_UNAVAILABLE` (retryable) when NATS does not take it */
  publish: StatusPublisher['publish'] = async (topic, payload, options) => {
    if (!options.retain) return await this.#parts.own.publish(topic, payload, options);
    const { bucket } = this.#parts;
    const key = escapeName(topic);
    try {
      if (payload === '') await bucket.remove(key);
      else await bucket.put(key, Buffer.from(payload));
    } catch (error) {
      const words = `NATS does not take what brokers retain: ${messageOf(error)}`;
      throw new GatewayError('STORE_UNAVAILABLE', words, { cause: error, retryable: true });
    }
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watching?.[Symbol.asyncDispose]();
  }

  #say({ key, value }: BucketEntry): void {
    const topic = unescapeName(key);
    if (topic === undefined) return;
    const payload = value === undefined ? '' : Buffer.from(value).toString();
    this.#parts.own.publish(topic, payload, { retain: true, qos: 1 }).catch(this.#parts.onFailed);
  }
}
