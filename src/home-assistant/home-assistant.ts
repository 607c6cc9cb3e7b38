import type { DeviceKeeper } from '../domain/device-keeper.js';
import type { DeviceId } from '../domain/ids.js';
import { connectionPayload, type DiscoveryOptions, discoveryOf, discoveryTopic } from './discovery.js';
import { RetainedTopics, type RetainedTopicsOptions } from './retained-topics.js';

export interface HomeAssistantOptions extends RetainedTopicsOptions {
  readonly prefix: string;
  readonly version: string;
  readonly targets: () => readonly string[];
  readonly topicsOf: (device: DeviceId) => DiscoveryOptions['topics'];
}

/** Whether a device is there, and when it was heard last, epoch milliseconds. */
interface Connection {
  readonly isOnline: boolean;
  readonly lastSeenMs: number | undefined;
}

/** Birth message of Home Assistant, at `<prefix>/status`. */
const ONLINE = 'online';

/** Makes devices known to Home Assistant, and says whether they are connected; all of it retained. */
export class HomeAssistant implements AsyncDisposable {
  readonly #options: HomeAssistantOptions;
  readonly #topics: RetainedTopics;
  readonly #connections = new Map<DeviceId, Connection>();

  constructor(options: HomeAssistantOptions) {
    this.#options = options;
    this.#topics = new RetainedTopics(options);
  }

  /** A device that has results; what is known of its connection is kept. */
  know(device: DeviceId): void {
    if (this.#connections.has(device)) return;
    this.#connections.set(device, { isOnline: false, lastSeenMs: undefined });
    this.#announce(device);
  }

  /** A device is there, or not; said again only when something changed. */
  connected(device: DeviceId, isOnline: boolean, lastSeenMs: number | undefined): void {
    const before = this.#connections.get(device);
    if (before?.isOnline === isOnline && before.lastSeenMs === lastSeenMs) return;
    this.#connections.set(device, { isOnline, lastSeenMs: lastSeenMs ?? before?.lastSeenMs });
    if (before === undefined) this.#announce(device);
    else this.#tell(device);
  }

  /** What came to `<prefix>/status`: after Home Assistant's start everything is said again. */
  heard(payload: Uint8Array): void {
    if (Buffer.from(payload).toString('utf8') === ONLINE) this.announceAll();
  }

  /** Says everything again, as after a change of the targets. */
  announceAll(): void {
    for (const device of this.#connections.keys()) this.#announce(device);
  }

  /** Resolves when the broker has everything. */
  flush(): Promise<void> {
    return this.#topics.flush();
  }

  get deviceKeeper(): DeviceKeeper {
    return {
      name: 'Home Assistant',
      holds: (device) => Promise.resolve(this.#connections.has(device)),
      forget: async (device) => {
        this.#connections.delete(device);
        for (const topic of retainedTopics(device, this.#options)) this.#topics.set(topic, '');
        await this.#topics.flush();
      },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#topics[Symbol.asyncDispose]();
  }

  #announce(device: DeviceId): void {
    const { prefix, version, targets, topicsOf } = this.#options;
    const discovery = discoveryOf(device, { prefix, version, targets: targets(), topics: topicsOf(device) });
    this.#topics.set(discovery.topic, discovery.payload);
    this.#tell(device);
  }

  #tell(device: DeviceId): void {
    const { isOnline = false, lastSeenMs } = this.#connections.get(device) ?? {};
    const { connection } = this.#options.topicsOf(device);
    this.#topics.set(connection, connectionPayload(device, isOnline, lastSeenMs));
  }
}

/** What a broker retains of a device for Home Assistant. */
export function retainedTopics(
  device: DeviceId,
  { prefix, topicsOf }: Pick<HomeAssistantOptions, 'prefix' | 'topicsOf'>,
): string[] {
  return [discoveryTopic(prefix, device), topicsOf(device).connection];
}
