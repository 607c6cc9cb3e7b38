import type { DeviceId } from '../domain/ids.js';
import type { ApparelPoint, Results, Sink } from '../domain/store.js';
import { RetainedQueue, type RetainedQueueOptions } from './retained-queue.js';

const MAX_DEVICES = 10_000;

/** The labels of one frame, the likeliest first. */
export type FrameLabels = readonly [ApparelPoint, ...ApparelPoint[]];

/** Where it is published what the newest frame of a device showed, retained. */
export function apparelTopic(device: DeviceId): string {
  return `alongside/${device}/apparel`;
}

/** Publishes what frames show, retained: `{device, atMs, label, probability, worn, labels: [{label, probability, people?}], model?}`. */
export class ApparelTopics implements Pick<Sink, 'accept'>, AsyncDisposable {
  readonly #topics: RetainedQueue;
  readonly #newest = new Map<DeviceId, number>();

  constructor(options: RetainedQueueOptions) {
    this.#topics = new RetainedQueue(options);
  }

  accept({ apparel }: Pick<Results, 'apparel'>): void {
    for (const points of framesOf(apparel)) this.#publish(points);
  }

  /** Ends the retention; resolves when the broker has done so. */
  async forget(device: DeviceId): Promise<void> {
    this.#newest.delete(device);
    this.#topics.set(apparelTopic(device), '');
    await this.#topics.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#topics[Symbol.asyncDispose]();
  }

  /** Frames may be done in another order than they came in. */
  #publish(points: FrameLabels): void {
    const [{ device, atMs }] = points;
    if (atMs < (this.#newest.get(device) ?? Number.NEGATIVE_INFINITY)) return;
    this.#newest.delete(device);
    this.#newest.set(device, atMs);
    if (this.#newest.size > MAX_DEVICES) this.#newest.delete(this.#newest.keys().next().value ?? device);
    const payload = { device, atMs, ...shownBy(points), worn: wornOn(points) };
    this.#topics.set(apparelTopic(device), JSON.stringify(payload));
  }
}

/** What a frame showed, for those who take labels one by one. */
export function shownBy(points: FrameLabels) {
  const [{ label, probability, model }] = points;
  const labels = points.map((point) => ({
    label: point.label,
    probability: point.probability,
    ...(point.people === undefined ? {} : { people: point.people }),
  }));
  return { label, probability, labels, ...(model === undefined ? {} : { model }) };
}

/** What is worn: the whole set where people were looked at, else the likeliest label, which others compete with. */
export function wornOn(points: FrameLabels): string[] {
  const [{ label, people }] = points;
  return people === undefined ? [label] : points.map((point) => point.label);
}

/** Labels by frame, the likeliest first. */
export function framesOf(points: readonly ApparelPoint[]): FrameLabels[] {
  const frames = new Map<string, [ApparelPoint, ...ApparelPoint[]]>();
  for (const point of points.toSorted((a, b) => b.probability - a.probability)) {
    const key = `${point.atMs} ${point.device}`;
    const frame = frames.get(key);
    if (frame === undefined) frames.set(key, [point]);
    else frame.push(point);
  }
  return [...frames.values()];
}
