import type { MqttClient } from 'mqtt';

const REFUSED = 0x80;

/**
 * Subscribes to topic filters at QoS 1.
 *
 * @returns the filters the broker refused
 * @throws Error when the connection ended meanwhile
 */
export async function subscribeAll(client: MqttClient, filters: readonly string[]): Promise<string[]> {
  try {
    await client.subscribeAsync([...filters], { qos: 1 });
    return [];
  } catch (error) {
    const granted = grantedOf(error);
    if (granted === undefined) throw error;
    return filters.filter((_, index) => ((granted[index] ?? 0) & REFUSED) !== 0);
  }
}

/** The answer mqtt.js attaches to its error when a broker refuses some of the filters. */
function grantedOf(error: unknown): readonly number[] | undefined {
  if (!(error instanceof Error) || !('packet' in error)) return undefined;
  const { packet } = error;
  if (typeof packet !== 'object' || packet === null || !('granted' in packet)) return undefined;
  const { granted } = packet;
  return Array.isArray(granted) ? granted.map(Number) : undefined;
}
