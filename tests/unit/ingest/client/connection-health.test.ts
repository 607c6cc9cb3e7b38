import { describe, expect, it } from 'vitest';
import { ConnectionHealth } from '../../../../src/ingest/client/connection-health.js';

const SHORT_MS = 1000;

function kick(health: ConnectionHealth, times: number, atMs = 0): void {
  for (let n = 0; n < times; n++) {
    health.connected(atMs + n * SHORT_MS);
    health.subscribed([]);
    health.lost(atMs + n * SHORT_MS + SHORT_MS / 2, undefined);
  }
}

describe(ConnectionHealth, () => {
  it('says what is waited for until it is subscribed', () => {
    const health = new ConnectionHealth('mqtt://b', 'gw');
    expect(health.state(0)).toEqual({ ok: false, detail: 'connecting to mqtt://b' });
    health.connected(0);
    expect(health.state(0)).toEqual({ ok: false, detail: 'subscribing' });
    health.subscribed([]);
    expect(health.state(0)).toEqual({ ok: true, detail: '' });
  });

  it('says why the connection is gone', () => {
    const health = new ConnectionHealth('mqtt://b', 'gw');
    health.connected(0);
    health.subscribed([]);
    expect(health.lost(10, 'it burns')).toBe('it burns');
    expect(health.state(10)).toEqual({ ok: false, detail: 'it burns' });
  });

  it('names the filters that the broker refuses', () => {
    const health = new ConnectionHealth('mqtt://b', 'gw');
    health.connected(0);
    health.subscribed(['a/#', 'b']);
    expect(health.state(0)).toEqual({ ok: false, detail: expect.stringMatching(/a\/#, b/) });
  });

  it('tells of a topic it may not publish to without being unwell', () => {
    const health = new ConnectionHealth('mqtt://b', 'gw');
    health.connected(0);
    health.subscribed([]);
    health.silenced('t');
    expect(health.state(0)).toEqual({ ok: true, detail: expect.stringMatching(/publish to t/) });
  });

  it('names a clash of client ids when the broker closes young connections again and again', () => {
    const health = new ConnectionHealth('mqtt://b', 'gw');
    kick(health, 2);
    expect(health.state(3000).detail).toBe('the broker closed the connection');
    kick(health, 1, 3000);
    expect(health.state(4000)).toEqual({
      ok: false,
      detail: expect.stringMatching(/client id "gw".*clientId/),
    });
    health.connected(5000);
    health.subscribed([]);
    expect(health.state(6000)).toEqual({ ok: false, detail: expect.stringMatching(/client id "gw"/) });
    expect(health.state(70_000)).toEqual({ ok: true, detail: '' });
  });

  it('names a clash at once when an MQTT 5 broker says so', () => {
    const health = new ConnectionHealth('mqtt://b', 'gw');
    health.connected(0);
    health.takenOver();
    expect(health.lost(1, undefined)).toMatch(/client id "gw"/);
  });

  it.each([
    ['an error between', (health: ConnectionHealth) => void health.lost(2500, 'refused')],
    [
      'a connection that lasted',
      (health: ConnectionHealth) => {
        health.connected(2500);
        health.lost(200_000, undefined);
      },
    ],
  ])('sees no clash with %s', (_, between) => {
    const health = new ConnectionHealth('mqtt://b', 'gw');
    kick(health, 2);
    between(health);
    kick(health, 2, 300_000);
    expect(health.state(310_000).detail).toBe('the broker closed the connection');
  });
});
