import { SIGNATURE_SIZE, type SignatureRow } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import type { DeviceState } from './company-state.js';
import { LatestCourse } from './course.js';
import { MovementBits } from './movement-bits.js';
import { SECOND_MS, SignatureHistory } from './signature-history.js';

/** What is remembered of the last minutes of one device. */
export class ShelfPlace {
  readonly history = new SignatureHistory();
  readonly course: LatestCourse;
  readonly #bits = new MovementBits();
  #fromMs = Number.POSITIVE_INFINITY;

  constructor() {
    this.course = new LatestCourse(this.#bits);
  }

  /** Beginning of its first second, epoch milliseconds; Infinity before that. */
  get fromMs(): number {
    return this.#fromMs;
  }

  /** Takes a row in; one that is not newer than the newest is known already, and changes nothing. */
  add(row: Pick<SignatureRow, 'endMs' | 'values'>): boolean {
    if (!this.history.add(row)) return false;
    this.#bits.add(row);
    this.#fromMs = Math.min(this.#fromMs, row.endMs - SECOND_MS);
    return true;
  }

  /** Takes in what an earlier run kept. */
  restore({ newestMs, rows }: Pick<DeviceState, 'newestMs' | 'rows'>): void {
    const count = rows.length / SIGNATURE_SIZE;
    for (let index = 0; index < count; index++) {
      const values = rows.subarray(index * SIGNATURE_SIZE, (index + 1) * SIGNATURE_SIZE);
      this.add({ endMs: newestMs - (count - 1 - index) * SECOND_MS, values });
    }
  }
}

/** The signatures of the last minutes of all devices. Engines that compare different pairs of them may share it. */
export class SignatureShelf {
  readonly #devices = new Map<DeviceId, ShelfPlace>();

  get(device: DeviceId): ShelfPlace | undefined {
    return this.#devices.get(device);
  }

  /** The place of a device, empty where nothing was known of it. */
  open(device: DeviceId): ShelfPlace {
    const known = this.#devices.get(device);
    if (known !== undefined) return known;
    const opened = new ShelfPlace();
    this.#devices.set(device, opened);
    return opened;
  }

  /** End of a device's newest second; `undefined` where nothing of it is known. Epoch milliseconds. */
  newestMs(device: DeviceId): number | undefined {
    const newestMs = this.#devices.get(device)?.history.newestMs;
    return newestMs === undefined || newestMs === Number.NEGATIVE_INFINITY ? undefined : newestMs;
  }

  forget(device: DeviceId): void {
    this.#devices.delete(device);
  }

  [Symbol.iterator](): IterableIterator<[DeviceId, ShelfPlace]> {
    return this.#devices.entries();
  }
}
