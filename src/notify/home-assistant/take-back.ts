import type { Erasable } from '../../domain/erasable.js';
import type { DeviceId } from '../../domain/ids.js';
import { NOTHING_ANNOUNCED, withoutDevice } from './announced.js';
import { type HomeAssistantOptions, isBirth, retainedTopics } from './home-assistant.js';
import { RetainedQueue } from './retained-queue.js';

export interface TakeBackOptions
  extends Pick<HomeAssistantOptions, 'file' | 'topicsOf' | 'publisher' | 'onFailed'> {
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
