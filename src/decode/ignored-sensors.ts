/** Different names remembered of one message, and characters of each: names come from outside. */
const MAX_NAMES = 32;
const MAX_CHARACTERS = 40;
const OTHERS = 'others';

const UNUSUAL_CHARACTERS = /[^\w .:/-]/g;

/** Counts, by name, the samples of sensors that nobody uses. */
export class IgnoredSensors {
  readonly #counts = new Map<string, number>();

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  note(name: string, samples = 1): void {
    const clean = name.slice(0, MAX_CHARACTERS).replace(UNUSUAL_CHARACTERS, '?') || '?';
    const key = this.#counts.has(clean) || this.#counts.size < MAX_NAMES ? clean : OTHERS;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + samples);
  }
}
