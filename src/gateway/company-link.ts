import { Accompaniment } from '../company/accompaniment.js';
import { CompanyFinder, neededFromMsOf, SILENCE_MS } from '../company/company-finder.js';
import type { FindCompanyOptions } from '../company/find-company.js';
import { readCompanyModel } from '../company/read-company-model.js';
import type { Config } from '../config/schema.js';
import type { ClockInfo } from '../domain/device.js';
import type { DeviceId } from '../domain/ids.js';
import type { CompanyUpdate } from '../domain/store.js';
import type { Clock } from '../shared/clock.js';
import type { CompanyChoices } from './company-choices.js';
import { readCompanyState, writeCompanyState } from './company-state-file.js';
import type { DeviceRegistry } from './device-registry.js';
import type { PathCompany } from './run-pipeline.js';
import { trackOptions } from './stages.js';
import type { SuppressedDevices } from './suppressed-devices.js';

/** How often stages look for what is due, milliseconds. */
const SWEEP_MS = 1000;

export interface CompanyLinkParts {
  readonly choices: CompanyChoices;
  readonly registry: Pick<DeviceRegistry, 'get'>;
  readonly silenceClock: Clock;
}

/** What is found out now, as far as this gateway has the devices. */
export interface LiveCompany {
  now(): readonly CompanyUpdate[];
  /** How far a device's company is known; `undefined` where nothing of it is. Epoch milliseconds. */
  knownUntilMs(device: DeviceId): number | undefined;
  /** Another device that sends the same movement, as only a copy does. */
  copyOf(device: DeviceId): DeviceId | undefined;
}

/** Company in a running gateway. Where it is switched off there is none, but what was under way is ended. */
export class CompanyLink implements PathCompany, LiveCompany {
  readonly #dataDir: string;
  readonly #finder: CompanyFinder;
  readonly #parts: CompanyLinkParts;
  readonly #isComparable: (device: DeviceId) => boolean;
  readonly accompaniment: Accompaniment;
  /** From when on samples are needed to go on from what is on the disk, epoch milliseconds. */
  #neededFromMs: ReadonlyMap<DeviceId, number> = new Map();

  private constructor(
    config: Config,
    finder: CompanyFinder,
    parts: CompanyLinkParts,
    isComparable: (device: DeviceId) => boolean,
  ) {
    this.#dataDir = config.dataDir;
    this.#finder = finder;
    this.#parts = parts;
    this.#isComparable = isComparable;
    const { heartbeatMs } = trackOptions(config, 'accompanied');
    this.accompaniment = new Accompaniment({ isClosed: config.company.closed, heartbeatMs });
    for (const update of finder.now()) this.accompaniment.resume(update);
  }

  /** Goes on where an earlier run was. @returns `undefined` where company is switched off, and nothing is left to end */
  static async open(config: Config, parts: CompanyLinkParts): Promise<CompanyLink | undefined> {
    const { company, dataDir, devices } = config;
    const state = await readCompanyState(dataDir);
    if (!company.enabled && (state === undefined || state.devices.length === 0)) return undefined;
    const isComparable = comparableBy(config, parts);
    const finder = new CompanyFinder({
      model: await readCompanyModel(),
      subjectOf: (device) => devices[device]?.subject ?? device,
      isComparable,
    });
    if (state !== undefined) finder.restore(state, parts.silenceClock.nowMs());
    const link = new CompanyLink(config, finder, parts, isComparable);
    if (state !== undefined) link.#neededFromMs = neededFromMsOf(state);
    return link;
  }

  /** What holds now. */
  now(): readonly CompanyUpdate[] {
    return this.#finder.now();
  }

  /** How far a device's company is known; `undefined` where nothing of it is. Epoch milliseconds. */
  knownUntilMs(device: DeviceId): number | undefined {
    return this.#finder.newestMs(device);
  }

  /** Another device that sends the same movement, as only a copy does. */
  copyOf(device: DeviceId): DeviceId | undefined {
    return this.#finder.copyOf(device);
  }

  stage({ letGo$ }: Pick<SuppressedDevices, 'letGo$'>): FindCompanyOptions {
    const { choices, silenceClock } = this.#parts;
    return { finder: this.#finder, left$: choices.left$, silenceClock, letGo$, sweepMs: SWEEP_MS };
  }

  /** Samples of a device before this are no longer needed, epoch milliseconds. */
  neededFromMs(device: DeviceId): number {
    if (!this.#isComparable(device)) return Number.POSITIVE_INFINITY;
    // What was taken in and is not on the disk yet is needed whole; a device that sends nothing to compare must not be kept for ever.
    const otherwiseMs = this.#finder.follows(device)
      ? Number.NEGATIVE_INFINITY
      : this.#parts.silenceClock.nowMs() - SILENCE_MS;
    return this.#neededFromMs.get(device) ?? otherwiseMs;
  }

  /** Writes down what is known, once what was found out by then is kept; else that is left to the next time. */
  async save({ unkept, areResultsKept }: Parameters<NonNullable<PathCompany['save']>>[0]): Promise<void> {
    while (unkept?.isPending === true) await unkept.flush();
    const state = this.#finder.snapshot();
    if (!(await areResultsKept())) return;
    // Devices may have been forgotten meanwhile.
    const isKnown = ({ device }: { readonly device: DeviceId }): boolean =>
      this.#parts.choices.takesPart(device);
    await writeCompanyState(this.#dataDir, { ...state, devices: state.devices.filter(isKnown) });
    this.#neededFromMs = neededFromMsOf(state);
  }
}

/** Whether a device may be compared now: its wearer agreed, and its clock is right. */
export function comparableBy(
  { company: { maxClockErrorMs } }: Pick<Config, 'company'>,
  { choices, registry }: Pick<CompanyLinkParts, 'choices' | 'registry'>,
): (device: DeviceId) => boolean {
  return (device) => {
    const clock = registry.get(device)?.clock;
    const isOff = clock !== undefined && isClockOff(clock, maxClockErrorMs);
    return choices.takesPart(device) && !isOff;
  };
}

/** Whether a device's clock is so far off that what it sends cannot be laid beside what others send. */
export function isClockOff({ kind, offsetMs }: ClockInfo, maxClockErrorMs: number): boolean {
  return kind === 'epoch' && Math.abs(offsetMs) > maxClockErrorMs;
}
