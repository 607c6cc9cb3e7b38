import { isDeepStrictEqual } from 'node:util';
import type { Erasable } from '../../domain/erasable.js';
import type { DeviceId } from '../../domain/ids.js';
import { RetainedQueue, type RetainedQueueOptions } from '../retained-queue.js';
import { type AnnouncementFile, NOTHING_ANNOUNCED, withoutDevice } from './announced.js';
import { connectionPayload, type DiscoveryOptions, discoveryOf, discoveryTopic } from './discovery.js';

interface HomeAssistantOptions extends RetainedQueueOptions {
  /** What it was told earlier, and will be told. */
  readonly file: AnnouncementFile;
  readonly prefix: string;
  readonly version: string;
  readonly targets: () => readonly string[];
  /** Of targets with more than two classes: their names. */
  readonly classes?: () => Readonly<Record<string, readonly string[]>>;
  readonly topicsOf: (device: DeviceId) => HomeAssistantTopics;
}

/** Where a device's states are published. */
type HomeAssistantTopics = DiscoveryOptions['topics'] & { readonly apparel: string };

/** Whether a device is there, and when it was heard last, epoch milliseconds. */
interface Connection {
  readonly isOnline: boolean;
  readonly lastSeenMs: number | undefined;
}

const UNKNOWN: Connection = { isOnline: false, lastSeenMs: undefined };

/** Whether what came to `<prefix>/status` says that Home Assistant is there. */
function isBirth(payload: Uint8Array): boolean {
  return Buffer.from(payload).toString('utf8') === 'online';
}

/** Makes devices known to Home Assistant, and says whether they are connected; all of it retained. */
export class HomeAssistant implements AsyncDisposable {
  readonly #options: HomeAssistantOptions;
  readonly #topics: RetainedQueue;
  readonly #connections = new Map<DeviceId, Connection>();

  constructor(options: HomeAssistantOptions) {
    this.#options = options;
    this.#topics = new RetainedQueue(options);
  }

  /** Takes everything back that was said under another prefix than the present one, and goes on with its devices. */
  resume(): void {
    const { file, prefix } = this.#options;
    const { devices } = file.content;
    if (file.content.prefix !== prefix) {
      for (const device of devices as DeviceId[]) {
        this.#topics.set(discoveryTopic(file.content.prefix, device), '');
      }
      file.change({ ...file.content, prefix });
    }
    for (const device of devices as DeviceId[]) this.know(device);
  }

  /** A device that has results, with what is known of its connection: where that is nothing, what is retained stays. */
  know(device: DeviceId, connection: Connection = UNKNOWN): void {
    if (this.#connections.has(device)) return;
    this.#connections.set(device, connection);
    this.#announce(device);
  }

  /** A device is there, or not; said again only when something changed. */
  connected(device: DeviceId, isOnline: boolean, lastSeenMs: number | undefined): void {
    const before = this.#connections.get(device);
    const isSaid = before !== undefined && before !== UNKNOWN;
    if (isSaid && before.isOnline === isOnline && before.lastSeenMs === lastSeenMs) return;
    this.#connections.set(device, { isOnline, lastSeenMs: lastSeenMs ?? before?.lastSeenMs });
    if (before === undefined) this.#announce(device);
    else this.#tell(device);
  }

  /** A device's camera showed garments: it has a sensor for them from now on. */
  dressed(device: DeviceId): void {
    const { file } = this.#options;
    if (file.content.dressed.includes(device)) return;
    file.change({ ...file.content, dressed: [...file.content.dressed, device] });
    this.#connections.set(device, this.#connections.get(device) ?? UNKNOWN);
    this.#announce(device);
  }

  /** What came to `<prefix>/status`: after Home Assistant's start everything is said again. */
  heard(payload: Uint8Array): void {
    if (isBirth(payload)) this.announceAll();
  }

  /** Says everything again, as after a change of the targets. */
  announceAll(): void {
    for (const device of this.#connections.keys()) this.#announce(device);
  }

  /** Resolves when the broker has everything. */
  flush(): Promise<void> {
    return this.#topics.flush();
  }

  get erasable(): Erasable {
    return {
      name: 'Home Assistant',
      holds: (device) => Promise.resolve(this.#connections.has(device)),
      forget: async (device) => {
        const { file } = this.#options;
        this.#connections.delete(device);
        for (const topic of retainedTopics(device, this.#options)) this.#topics.set(topic, '');
        file.change(withoutDevice(file.content, device));
        await Promise.all([this.#topics.flush(), file.flush()]);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#topics[Symbol.asyncDispose]();
    await this.#options.file.flush();
  }

  #announce(device: DeviceId): void {
    const { file, prefix, version, targets, classes, topicsOf } = this.#options;
    const { devices, dressed, components } = file.content;
    const { apparel, ...topics } = topicsOf(device);
    const discovery = discoveryOf(device, {
      prefix,
      version,
      targets: targets(),
      topics: { ...topics, ...(dressed.includes(device) && { apparel }) },
      announced: components,
      ...(classes && { classes: classes() }),
    });
    const known = { ...components, ...discovery.components };
    if (!devices.includes(device) || !isDeepStrictEqual(known, components)) {
      file.change({ ...file.content, devices: [...new Set([...devices, device])], components: known });
    }
    this.#topics.set(discovery.topic, discovery.payload);
    if (this.#connections.get(device) !== UNKNOWN) this.#tell(device);
  }

  #tell(device: DeviceId): void {
    const { isOnline, lastSeenMs } = this.#connections.get(device) ?? UNKNOWN;
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

interface TakeBackOptions extends Pick<HomeAssistantOptions, 'file' | 'topicsOf' | 'publisher' | 'onFailed'> {
  /**
   * Whether those who heard what was said hear at once that it is taken back. Who was connected to the embedded broker has
   * to come back first, and says so by a birth message.
   */
  readonly isHeardAtOnce: boolean;
}

/** Takes back what Home Assistant was told before it was switched off. */
export class TakeBack implements AsyncDisposable {
  readonly #options: TakeBackOptions;
  readonly #topics: RetainedQueue;

  constructor(options: TakeBackOptions) {
    this.#options = options;
    this.#topics = new RetainedQueue(options);
    void this.#takeBack(options.isHeardAtOnce);
  }

  /** What came to `<prefix>/status`. */
  heard(payload: Uint8Array): void {
    if (isBirth(payload)) void this.#takeBack(true);
  }

  get erasable(): Erasable {
    const { file } = this.#options;
    return {
      name: 'Home Assistant',
      holds: (device) => Promise.resolve(file.content.devices.includes(device)),
      forget: async (device) => {
        this.#end(device);
        await this.#topics.flush();
        file.change(withoutDevice(file.content, device));
        await file.flush();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#topics[Symbol.asyncDispose]();
    await this.#options.file.flush();
  }

  async #takeBack(isLast: boolean): Promise<void> {
    const { file } = this.#options;
    const { devices } = file.content;
    for (const device of devices as DeviceId[]) this.#end(device);
    // Never rejects: what fails is reported and tried again.
    await this.#topics.flush();
    if (isLast && this.#topics.isOpen) file.change(NOTHING_ANNOUNCED);
  }

  #end(device: DeviceId): void {
    const { file, topicsOf } = this.#options;
    const { prefix } = file.content;
    for (const topic of retainedTopics(device, { prefix, topicsOf })) this.#topics.set(topic, '');
  }
}
