import { timingSafeEqual } from 'node:crypto';
import { type Observable, Subject } from 'rxjs';
import type { Clock } from '../shared/clock.js';
import { addressKey } from '../shared/network.js';
import type { AccessRecords, DeviceRecord, PasswordHash, TokenRecord } from './access-file.js';
import { LoginLimit } from './attempt-limit.js';
import type { Exposure } from './binding.js';
import { hashToken, PasswordChecker, tokenIdOf } from './passwords.js';
import type { Principal, Scope } from './principal.js';

/** Who somebody turned out to be, or why they did not. */
export type Identification =
  | { readonly kind: 'known'; readonly principal: Principal }
  | { readonly kind: 'wrong' }
  /** The token was right once. */
  | { readonly kind: 'expired' }
  /** Too many failures of this name, or of many names, from this address; only what is right is told from others. */
  | { readonly kind: 'limited'; readonly waitMs: number };

/** What somebody wants to do without saying who they are. */
export type AnonymousWish = 'mqtt' | 'mqtt-over-http' | Scope;

export interface AccessControlOptions {
  readonly clock: Clock;
  readonly exposed: Exposure;
}

const ATTEMPTS = { maxFailures: 10, maxFailuresOfAddress: 200, windowMs: 60_000, maxAddresses: 10_000 };
/** Wrong tokens of an address are counted together: their ids are as made up as the rest. No device can be called so. */
const ANY_TOKEN = ':token';
/** When something was last used is told to the hour: enough to find what nobody uses, too little to follow people. */
const USE_GRAIN_MS = 3_600_000;

/** Stands in where there is no such device or token, so that an answer takes as long. */
const NO_PASSWORD: PasswordHash = {
  algorithm: 'scrypt',
  cost: 4096,
  blockSize: 8,
  parallelization: 1,
  salt: Buffer.alloc(16).toString('base64'),
  hash: Buffer.alloc(32).toString('base64'),
};
const NO_TOKEN = Buffer.alloc(32);

/** Decides who somebody is and what nobody has to be for. Knows no file, no MQTT and no HTTP. */
export class AccessControl {
  readonly #options: AccessControlOptions;
  readonly #attempts = new LoginLimit(ATTEMPTS);
  readonly #passwords = new PasswordChecker();
  readonly #changes = new Subject<void>();
  readonly #lastUsed = new Map<string, number>();
  #devices: ReadonlyMap<string, DeviceRecord> = new Map();
  #tokens: ReadonlyMap<string, TokenRecord> = new Map();
  /** Once there were credentials, taking the last one away must not open the gateway to everybody. */
  #hadDevices = false;
  #hadTokens = false;

  constructor(options: AccessControlOptions, records: AccessRecords) {
    this.#options = options;
    this.replace(records);
  }

  /** Somebody who was let in may no longer be: credentials changed, or a token ran out. */
  get changes$(): Observable<void> {
    return this.#changes;
  }

  /** Slow password hashes computed so far. */
  get passwordsHashed(): number {
    return this.#passwords.computed;
  }

  /** When credentials were last used, to the hour, epoch milliseconds, by `device/NAME` and `token/ID`. */
  get lastUsed(): ReadonlyMap<string, number> {
    return this.#lastUsed;
  }

  /** Puts other credentials in force at once. */
  replace({ devices, tokens }: AccessRecords): void {
    this.#devices = new Map(devices.map((device) => [device.name, device]));
    this.#tokens = new Map(tokens.map((token) => [token.id, token]));
    this.#hadDevices ||= devices.length > 0;
    this.#hadTokens ||= tokens.length > 0;
    this.#passwords.retain(new Set(devices.map(({ name }) => name)));
    this.#changes.next();
  }

  /** Tells of tokens that ran out between two times. */
  noteTime(fromMs: number, toMs: number): void {
    const hasExpired = [...this.#tokens.values()].some(
      ({ expiresAtMs }) => expiresAtMs !== null && expiresAtMs > fromMs && expiresAtMs <= toMs,
    );
    if (hasExpired) this.#changes.next();
  }

  /**
   * Whether somebody may do something without saying who they are. MQTT asks for logins once there is a device, HTTP once
   * there is a token, pushing data over HTTP once there is either; a channel that other machines reach always does.
   */
  allowsAnonymous(wish: AnonymousWish): boolean {
    const { exposed } = this.#options;
    switch (wish) {
      case 'mqtt':
        return !exposed.mqtt && !this.#hadDevices;
      case 'mqtt-over-http':
        return !exposed.http && !exposed.mqtt && !this.#hadDevices;
      case 'ingest':
        return !exposed.http && !this.#hadTokens && !this.#hadDevices;
      default:
        return !exposed.http && !this.#hadTokens;
    }
  }

  /** Whether there is anything that somebody's credentials could be compared with. */
  get hasCredentials(): boolean {
    return this.#hadDevices || this.#hadTokens;
  }

  /**
   * Checks a device's password. One found right before is checked at no cost, also while its name is limited.
   *
   * @throws GatewayError `QUEUE_FULL` (retryable) when too many log in at once
   */
  async identifyDevice(name: string, password: Buffer, address: string | undefined): Promise<Identification> {
    const record = this.#devices.get(name);
    if (record !== undefined && this.#passwords.isKnown(record.name, password, record.password)) {
      return this.#knownDevice(record);
    }
    const key = addressKey(address);
    const waitMs = (): number => this.#attempts.waitMs(name, key, this.#options.clock.nowMs());
    if (waitMs() > 0) return { kind: 'limited', waitMs: waitMs() };
    const isRight = await this.#passwords.check(
      record?.name,
      password,
      record?.password ?? NO_PASSWORD,
      () => waitMs() === 0,
    );
    if (isRight === undefined) return { kind: 'limited', waitMs: waitMs() };
    const isCurrent = record !== undefined && this.#devices.get(record.name) === record;
    if (isRight && isCurrent) return this.#knownDevice(record);
    const nowMs = this.#options.clock.nowMs();
    const suspicionMs = this.#attempts.suspicionMs(key, nowMs);
    this.#attempts.noteFailure(name, key, nowMs);
    return suspicionMs > 0 ? { kind: 'limited', waitMs: suspicionMs } : { kind: 'wrong' };
  }

  /** Checks a bearer token. A right one counts also while tokens of its address are limited. */
  identifyToken(text: string, address: string | undefined): Identification {
    const nowMs = this.#options.clock.nowMs();
    const record = this.#tokens.get(tokenIdOf(text) ?? '');
    const expected = record === undefined ? NO_TOKEN : Buffer.from(record.sha256, 'base64');
    const actual = hashToken(text);
    const isRight = expected.length === actual.length && timingSafeEqual(expected, actual);
    if (record !== undefined && isRight) {
      if (record.expiresAtMs !== null && record.expiresAtMs <= nowMs) return { kind: 'expired' };
      this.#noteUse(`token/${record.id}`);
      const { id, name, scopes } = record;
      return { kind: 'known', principal: { kind: 'token', id, name, scopes } };
    }
    const key = addressKey(address);
    const waitMs = this.#attempts.waitMs(ANY_TOKEN, key, nowMs);
    if (waitMs > 0) return { kind: 'limited', waitMs };
    this.#attempts.noteFailure(ANY_TOKEN, key, nowMs);
    return { kind: 'wrong' };
  }

  /** Whether somebody who was let in to do something still may. */
  isStillAllowed(principal: Principal, wish: AnonymousWish): boolean {
    switch (principal.kind) {
      case 'anonymous':
        return this.allowsAnonymous(wish);
      case 'device':
        return this.#devices.get(principal.device)?.createdAtMs === principal.passwordFromMs;
      case 'token': {
        const expiresAtMs = this.#tokens.get(principal.id)?.expiresAtMs;
        return expiresAtMs === null || (expiresAtMs ?? 0) > this.#options.clock.nowMs();
      }
    }
  }

  #knownDevice({ name: device, createdAtMs: passwordFromMs }: DeviceRecord): Identification {
    this.#noteUse(`device/${device}`);
    return { kind: 'known', principal: { kind: 'device', device, passwordFromMs } };
  }

  #noteUse(key: string): void {
    this.#lastUsed.set(key, Math.floor(this.#options.clock.nowMs() / USE_GRAIN_MS) * USE_GRAIN_MS);
  }
}
