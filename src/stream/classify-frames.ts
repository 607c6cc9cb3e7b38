import { Observable, type OperatorFunction, Subject } from 'rxjs';
import type { DecodedDelivery } from '../domain/delivery.js';
import type { DeviceId } from '../domain/ids.js';
import type { Classification, DressedPerson, ImageClassifier } from '../domain/image.js';
import type { FrameRejectReason } from '../domain/ledger.js';
import type { CameraFrame } from '../domain/message.js';
import type { ApparelPoint } from '../domain/store.js';
import { GatewayError } from '../shared/errors.js';
import { attemptFor, type OnFault } from '../shared/faults.js';
import { KeyedState } from '../shared/keyed-state.js';
import { ImageError } from '../shared/picture-bytes.js';

const MINUTE_MS = 60_000;
/** What a device may send at once after a silence: so many milliseconds of its rate, but always one. */
const BURST_MS = 10_000;
/** Silence after which a device's account is full again, whatever its rate. */
const IDLE_MS = 2 * MINUTE_MS;

interface Account {
  frames: number;
  atMs: number;
}

/** How many frames a device may send: a token bucket a device. Time is an argument. */
export class FrameRate {
  readonly #framesPerMs: number;
  readonly #burst: number;
  readonly #accounts: KeyedState<DeviceId, Account>;

  constructor(framesPerMinute: number) {
    this.#framesPerMs = framesPerMinute / MINUTE_MS;
    this.#burst = Math.max(1, this.#framesPerMs * BURST_MS);
    this.#accounts = new KeyedState(() => ({ frames: this.#burst, atMs: Number.NEGATIVE_INFINITY }));
  }

  /** Whether a frame that comes now is within the rate; if so it is counted. */
  allows(device: DeviceId, nowMs: number): boolean {
    this.#accounts.evict(nowMs, IDLE_MS);
    const account = this.#accounts.use(device, nowMs);
    const sinceMs = Math.max(0, nowMs - account.atMs);
    account.frames = Math.min(this.#burst, account.frames + sinceMs * this.#framesPerMs);
    account.atMs = nowMs;
    if (account.frames < 1) return false;
    account.frames -= 1;
    return true;
  }
}

/** Labels of a frame that are kept at most. */
const MAX_LABELS = 5;
const MICROSECONDS_PER_MS = 1000;

/** What happens to a frame: it is received, then labelled or rejected. */
export type FrameEvent =
  | { readonly type: 'received' }
  /** The most probable label first. */
  | { readonly type: 'labelled'; readonly points: readonly ApparelPoint[]; readonly frame: CameraFrame }
  | { readonly type: 'rejected'; readonly reason: FrameRejectReason; readonly detail: string };

export interface FrameClassifierOptions {
  readonly classifier: ImageClassifier;
  /** Image model for frames at that time; `undefined`: the first that is active. */
  readonly modelForFrames: () => string | undefined;
  /** Image model for frames on which the first finds nobody; `undefined`: they have no labels. */
  readonly modelWithoutPeople?: string | undefined;
  /** Frames of one device. */
  readonly framesPerMinute: number;
  /** Frames in work, whether they wait or not; further ones are dropped. */
  readonly maxFrames: number;
  /** Of a model that takes pictures whole: less probable labels are left out, but for the most probable one. */
  readonly minProbability: number;
  /** Of labels that count from another probability on. */
  readonly thresholds?: Readonly<Record<string, number>>;
  /** Frames from before this come from a clock that was never set, epoch milliseconds. */
  readonly earliestMs: number;
  /** How far ahead of the gateway's clock a frame may be. */
  readonly futureMs: number;
  readonly clock: { nowMs(): number };
  /** Devices whose results go nowhere. */
  readonly suppressed: { has(device: DeviceId): boolean };
}

/** Has the frames of devices classified: each ends as labels or is refused with a reason, and is let go. */
export class FrameClassifier implements AsyncDisposable {
  readonly #options: FrameClassifierOptions;
  readonly #events = new Subject<FrameEvent>();
  readonly #rate: FrameRate;
  readonly #inWork = new Map<Promise<void>, DeviceId>();

  constructor(options: FrameClassifierOptions) {
    this.#options = options;
    this.#rate = new FrameRate(options.framesPerMinute);
  }

  /** What happens to frames. Nothing comes before a frame is accepted, or after its device is let go. */
  get events$(): Observable<FrameEvent> {
    return this.#events;
  }

  /** Frames in work. */
  get pending(): number {
    return this.#inWork.size;
  }

  /** Whether a frame of a device is in work. */
  hasOf(device: DeviceId): boolean {
    return [...this.#inWork.values()].includes(device);
  }

  accept(frame: CameraFrame): void {
    this.#events.next({ type: 'received' });
    const [reason, detail] = this.#refusalOf(frame);
    if (reason !== undefined) {
      this.#events.next({ type: 'rejected', reason, detail });
      return;
    }
    const work = this.#classify(frame).finally(() => void this.#inWork.delete(work));
    this.#inWork.set(work, frame.device);
  }

  /** Waits for the frames in work. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#inWork.keys());
  }

  #refusalOf({ device, timeMs }: CameraFrame): readonly [FrameRejectReason | undefined, string] {
    const { clock, earliestMs, futureMs, maxFrames } = this.#options;
    const nowMs = clock.nowMs();
    if (timeMs < earliestMs) return ['past', 'its time is before stream.earliest'];
    if (timeMs > nowMs + futureMs) return ['future', 'its time is further ahead than stream.futureMs'];
    if (!this.#rate.allows(device, nowMs)) return ['too-fast', 'more frames than apparel.framesPerMinute'];
    if (this.pending >= maxFrames) return ['queue-full', `${maxFrames} frames are in work already`];
    return [undefined, ''];
  }

  async #classify(frame: CameraFrame): Promise<void> {
    this.#events.next(await this.#outcomeOf(frame));
  }

  async #outcomeOf(frame: CameraFrame): Promise<FrameEvent> {
    const { suppressed } = this.#options;
    try {
      const classification = await this.#seenOn(frame);
      if (suppressed.has(frame.device))
        return { type: 'rejected', reason: 'forgotten', detail: 'its device was forgotten meanwhile' };
      if (classification.people?.length === 0)
        return { type: 'rejected', reason: 'no-person', detail: 'nobody was found on it' };
      return { type: 'labelled', points: this.#pointsOf(frame, classification), frame };
    } catch (error) {
      const [reason, detail] = reasonOf(error);
      return { type: 'rejected', reason, detail };
    }
  }

  async #seenOn({ image }: CameraFrame): Promise<Classification> {
    const { classifier, modelForFrames, modelWithoutPeople } = this.#options;
    const seen = await classifier.classify(image, modelForFrames());
    if (seen.people?.length !== 0 || modelWithoutPeople === undefined) return seen;
    return await classifier.classify(image, modelWithoutPeople);
  }

  #pointsOf({ device, timeMs }: CameraFrame, { model, labels, people }: Classification): ApparelPoint[] {
    const atMs = Math.round(timeMs * MICROSECONDS_PER_MS) / MICROSECONDS_PER_MS;
    if (people === undefined) {
      const { minProbability, thresholds = {} } = this.#options;
      return labels
        .slice(0, MAX_LABELS)
        .filter(
          ({ label, probability }, index) =>
            index === 0 || probability >= (thresholds[label] ?? minProbability),
        )
        .map(({ label, probability }) => ({ device, label, atMs, probability, model }));
    }
    return wornLabels(people).map((worn): ApparelPoint => ({ device, atMs, model, ...worn }));
  }
}

/** What the people of a frame wear, the most probable first, each with the numbers of its wearers. */
function wornLabels(
  people: readonly DressedPerson[],
): Pick<ApparelPoint, 'label' | 'probability' | 'people'>[] {
  const worn = new Map<string, { readonly probability: number; readonly people: readonly number[] }>();
  people.forEach(({ labels }, at) => {
    for (const { label, probability } of labels) {
      const before = worn.get(label);
      const wearers = [...(before?.people ?? []), at + 1];
      worn.set(label, { probability: Math.max(probability, before?.probability ?? 0), people: wearers });
    }
  });
  return [...worn].map(([label, rest]) => ({ label, ...rest })).sort((a, b) => b.probability - a.probability);
}

function reasonOf(error: unknown): readonly [FrameRejectReason, string] {
  if (error instanceof ImageError) return [error.refusal, error.message];
  const detail = error instanceof Error ? error.message : String(error);
  if (!(error instanceof GatewayError)) return ['model-failed', detail];
  if (error.code === 'NOT_FOUND') return ['no-model', detail];
  return [error.code === 'QUEUE_FULL' ? 'queue-full' : 'model-failed', detail];
}

/**
 * Hands the frames of messages to the classifier, and emits what happens to them. On completion of the source the frames in
 * work come first. Messages from the journal are left out: their frames were classified by the run that took them.
 */
export function classifyFrames(
  classifier: FrameClassifier,
  onFault?: OnFault,
): OperatorFunction<DecodedDelivery, FrameEvent> {
  return (deliveries$) =>
    new Observable((subscriber) => {
      subscriber.add(classifier.events$.subscribe((event) => subscriber.next(event)));
      subscriber.add(
        deliveries$.subscribe({
          next: (delivery) =>
            void attemptFor(delivery, 'frames', onFault, () => {
              if (delivery.message.recovery !== undefined) return;
              for (const frame of delivery.content.frames) classifier.accept(frame);
            }),
          error: (error) => subscriber.error(error),
          complete: () => void classifier[Symbol.asyncDispose]().then(() => subscriber.complete()),
        }),
      );
    });
}
