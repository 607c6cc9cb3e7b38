import type { DeviceId } from '../domain/ids.js';
import type { Notice, NoticeTaker } from '../domain/notification.js';
import type { Results, Sink } from '../domain/sink.js';
import type { ApparelPoint } from '../domain/store.js';
import { apparelNotice, statusNotice } from '../gateway/notices.js';
import type { Events } from '../telemetry/events.js';

/** What was worn is said when it changes, and again when it was not seen for so long, milliseconds. */
const APPAREL_AGAIN_MS = 600_000;
const MAX_WEARERS = 10_000;

/** Where it is posted what people may want to be told of, and from where it goes to whoever tells them. */
export class NoticeBoard implements Pick<Sink, 'accept'> {
  readonly #events: Pick<Events, 'noticed'>;
  readonly #takers: NoticeTaker[] = [];
  readonly #worn = new Map<DeviceId, Pick<ApparelPoint, 'label' | 'atMs'>>();

  constructor(events: Pick<Events, 'noticed'>) {
    this.#events = events;
  }

  /** Gives everything that is posted from now on to a taker, after those that followed before. */
  follow(taker: NoticeTaker): void {
    this.#takers.push(taker);
  }

  post(notice: Notice): void {
    this.#events.noticed(notice.type);
    for (const taker of this.#takers) taker.accept(notice);
  }

  /** Posts what results have of news: changes of status, and changes of what is worn. */
  accept({ statuses, apparel }: Results): void {
    for (const update of statuses) if (update.kind === 'change') this.post(statusNotice(update));
    for (const points of framesOf(apparel)) this.#seen(points);
  }

  #seen(points: readonly [ApparelPoint, ...ApparelPoint[]]): void {
    const [{ device, label, atMs }] = points;
    const before = this.#worn.get(device);
    this.#worn.delete(device);
    this.#worn.set(device, { label, atMs });
    if (this.#worn.size > MAX_WEARERS) this.#worn.delete(this.#worn.keys().next().value ?? device);
    const isNews = before?.label !== label || atMs - before.atMs > APPAREL_AGAIN_MS;
    if (isNews) this.post(apparelNotice(points));
  }
}

/** Labels by frame, the likeliest first. */
function framesOf(points: readonly ApparelPoint[]): [ApparelPoint, ...ApparelPoint[]][] {
  const frames = new Map<string, [ApparelPoint, ...ApparelPoint[]]>();
  for (const point of points.toSorted((a, b) => b.probability - a.probability)) {
    const key = `${point.atMs} ${point.device}`;
    const frame = frames.get(key);
    if (frame === undefined) frames.set(key, [point]);
    else frame.push(point);
  }
  return [...frames.values()];
}
