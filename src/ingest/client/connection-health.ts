import { clashText } from './connection-error.js';

export interface ConnectionState {
  readonly ok: boolean;
  readonly detail: string;
}

/** Connections the broker closed without a word that shortly after they were accepted look like a clash of client ids. */
const KICKED_WITHIN_MS = 60_000;
const KICKS_OF_A_CLASH = 3;

/** Remembers what happened to a connection, in order to say how it is. Knows no time but what it is told. */
export class ConnectionHealth {
  readonly #clientId: string;
  #isConnected = false;
  #connectedAtMs = 0;
  #isSubscribed = false;
  #trouble: string;
  #kicks = 0;

  constructor(url: string, clientId: string) {
    this.#clientId = clientId;
    this.#trouble = `connecting to ${url}`;
  }

  connected(nowMs: number): void {
    this.#isConnected = true;
    this.#connectedAtMs = nowMs;
    this.#trouble = 'subscribing';
  }

  /** @param refused filters the broker does not let the gateway read */
  subscribed(refused: readonly string[]): void {
    this.#isSubscribed = refused.length === 0;
    this.#trouble =
      refused.length === 0
        ? ''
        : `the broker does not let this gateway read ${refused.join(', ')}: allow it in its access rules`;
  }

  /** The broker does not let the gateway publish to a topic, which MQTT 5 tells. */
  silenced(topic: string): void {
    if (this.#isSubscribed) this.#trouble = `the broker does not let this gateway publish to ${topic}`;
  }

  /** The broker said (MQTT 5) that it gives the client id to another client; {@link lost} follows. */
  takenOver(): void {
    this.#kicks = KICKS_OF_A_CLASH;
  }

  /**
   * A connection is gone or was never made.
   *
   * @param reason why, where something said so; a broker that hands the client id to another says nothing (MQTT 3.1.1)
   * @returns why, in words
   */
  lost(nowMs: number, reason: string | undefined): string {
    const wasKicked =
      this.#isConnected && reason === undefined && nowMs - this.#connectedAtMs < KICKED_WITHIN_MS;
    this.#kicks = wasKicked ? this.#kicks + 1 : 0;
    this.#isConnected = false;
    this.#isSubscribed = false;
    this.#trouble = this.#isClash()
      ? clashText(this.#clientId)
      : (reason ?? 'the broker closed the connection');
    return this.#trouble;
  }

  state(nowMs: number): ConnectionState {
    if (this.#isConnected && this.#isClash() && nowMs - this.#connectedAtMs < KICKED_WITHIN_MS) {
      return { ok: false, detail: clashText(this.#clientId) };
    }
    return { ok: this.#isConnected && this.#isSubscribed, detail: this.#trouble };
  }

  #isClash(): boolean {
    return this.#kicks >= KICKS_OF_A_CLASH;
  }
}
