import { type Bucket, fromBytes, toBytes } from './bucket.js';
import { type OwnerRecord, OwnerRight, type Revised } from './ownership.js';

type Change = Partial<Pick<OwnerRecord, 'owner' | 'position' | 'streamMs' | 'ledger'>>;

/** Monotonic time, milliseconds. */
export type Monotonic = () => number;

/** The record of a partition, or a bridge, that this gateway owns: written again and again, by one write at a time. */
export class OwnedRecord {
  readonly key: string;
  readonly right: OwnerRight;
  readonly #bucket: Bucket;
  readonly #now: Monotonic;
  #value: OwnerRecord;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #onChange: (() => void)[] = [];

  private constructor(
    key: string,
    { bucket, now }: { readonly bucket: Bucket; readonly now: Monotonic },
    { right, value }: { readonly right: OwnerRight; readonly value: OwnerRecord },
  ) {
    this.key = key;
    this.right = right;
    this.#bucket = bucket;
    this.#now = now;
    this.#value = value;
  }

  /** Takes what a key stands for from the record that was seen; `undefined` when another was faster, or nothing is known of it. */
  static async take(
    key: string,
    seen: Revised<OwnerRecord>,
    gateway: string,
    edge: { readonly bucket: Bucket; readonly now: Monotonic },
  ): Promise<OwnedRecord | undefined> {
    const value = { ...seen.value, owner: gateway, token: seen.value.token + 1 };
    const sentAtMs = edge.now();
    const outcome = await edge.bucket.update(key, toBytes(value), seen.revision);
    if (outcome.kind !== 'written') return undefined;
    return new OwnedRecord(key, edge, {
      right: new OwnerRight(value, outcome.revision, sentAtMs),
      value,
    });
  }

  /** As it was written last. */
  get value(): OwnerRecord {
    return this.#value;
  }

  get mayAct(): boolean {
    return this.right.mayAct(this.#now());
  }

  /** Resolves when results may be let out, or never will be again; `undefined` when they may now. */
  whenDecided(): Promise<void> | undefined {
    if (this.mayAct || this.right.isLost) return undefined;
    return new Promise((resolve) => {
      this.#onChange.push(resolve);
    });
  }

  /** Says once more that the partition is owned; nothing while a write is under way that says so anyway. */
  async renew(): Promise<void> {
    if (this.#waiting === 0) await this.write({});
  }

  /** @returns whether the record is now as wanted */
  write(change: Change): Promise<boolean> {
    this.#waiting += 1;
    const written = this.#last.then(() => this.#write(change));
    this.#last = written
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= 1;
        this.#tell();
      });
    return written;
  }

  /** Gives the partition back: a gateway that sees that may take it at once. */
  async giveUp(): Promise<void> {
    if (!this.right.isLost) await this.write({ owner: '' });
    this.right.gaveUp();
    this.#tell();
  }

  async #write(change: Change): Promise<boolean> {
    const { right } = this;
    if (right.isLost) return false;
    const value = { ...this.#value, ...change };
    const sentAtMs = this.#now();
    const outcome = await this.#bucket.update(this.key, toBytes(value), right.revision);
    if (outcome.kind === 'written') {
      right.written(outcome.revision, sentAtMs);
      this.#value = value;
      return true;
    }
    return await this.#look(value);
  }

  /** The write was refused or not answered: what the bucket holds says what became of it. */
  async #look(wanted: OwnerRecord): Promise<boolean> {
    const found = await readRecord(this.#bucket, this.key).catch(() => undefined);
    if (found === undefined) return false;
    this.right.found(found);
    if (this.right.isLost) return false;
    this.#value = found.value;
    return found.value.position === wanted.position && found.value.streamMs === wanted.streamMs;
  }

  #tell(): void {
    if (!this.mayAct && !this.right.isLost) return;
    const waiting = this.#onChange;
    this.#onChange = [];
    for (const resolve of waiting) resolve();
  }
}

export async function readRecord(bucket: Bucket, key: string): Promise<Revised<OwnerRecord> | undefined> {
  const entry = await bucket.get(key);
  return entry?.value === undefined ? undefined : { revision: entry.revision, value: fromBytes(entry.value) };
}
