import { EventEmitter } from 'node:events';
import type { MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { paceReconnects } from '../../../../src/ingest/client/reconnect-pace.js';

/** The part of mqtt.js that is paced. */
function createClient() {
  const client = Object.assign(new EventEmitter(), { options: { reconnectPeriod: 0 } });
  paceReconnects(client as EventEmitter & Pick<MqttClient, 'on' | 'options'>, {
    initialMs: 1000,
    maxMs: 30_000,
    random: () => 1,
  });
  return client;
}

describe(paceReconnects, () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits longer before each attempt', () => {
    const client = createClient();
    const waits = [client.options.reconnectPeriod];
    for (let attempt = 0; attempt < 6; attempt++) {
      client.emit('reconnect');
      client.emit('close');
      waits.push(client.options.reconnectPeriod);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('begins again only after a connection that lasted', () => {
    const client = createClient();
    client.emit('reconnect');
    client.emit('connect');
    vi.advanceTimersByTime(59_999);
    client.emit('close');
    expect(client.options.reconnectPeriod).toBe(2000);
    client.emit('reconnect');
    client.emit('connect');
    vi.advanceTimersByTime(60_000);
    expect(client.options.reconnectPeriod).toBe(1000);
  });
});
