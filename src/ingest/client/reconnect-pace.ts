import type { MqttClient } from 'mqtt';
import { type ReconnectDelayOptions, reconnectDelayMs } from '../../shared/backoff.js';

/** A connection that lasted this long was a good one, and the next attempt comes soon again. */
const STABLE_AFTER_MS = 60_000;

/**
 * Gives mqtt.js, which waits the same time before each attempt, growing waits. It reads its option `reconnectPeriod`
 * whenever a connection ends, so the option is set to the wait that would come next.
 */
export function paceReconnects(
  client: Pick<MqttClient, 'on' | 'options'>,
  options: ReconnectDelayOptions,
): void {
  let attempt = 0;
  let stableTimer: NodeJS.Timeout | undefined;
  const setAttempt = (value: number): void => {
    attempt = value;
    client.options.reconnectPeriod = reconnectDelayMs(attempt, options);
  };
  setAttempt(0);
  client.on('reconnect', () => setAttempt(attempt + 1));
  client.on('connect', () => {
    stableTimer = setTimeout(() => setAttempt(0), STABLE_AFTER_MS).unref();
  });
  client.on('close', () => clearTimeout(stableTimer));
}
