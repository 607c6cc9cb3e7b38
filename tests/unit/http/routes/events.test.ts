import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LiveEvent } from '../../../../src/http/live-feed.js';
import {
  createHttpFixture,
  deviceId,
  type HttpFixture,
  PHONE,
  storedWindow,
} from '../../../helpers/http-fixture.js';
import { openLiveClient } from '../../../helpers/live-client.js';

const OTHER = deviceId('other');

function deviceEvent(atMs: number, id = PHONE): LiveEvent {
  return { type: 'device', data: { id, online: true, atMs } };
}

async function listen(fixture: HttpFixture): Promise<string> {
  return `${await fixture.app.listen({ port: 0, host: '127.0.0.1' })}/v1/events`;
}

describe('GET /v1/events', () => {
  it('sends events as they happen, with ids, types and data', async () => {
    await using fixture = await createHttpFixture();
    fixture.publish(deviceEvent(1));
    using client = await openLiveClient(await listen(fixture));
    expect(client.response.headers.get('content-type')).toBe('text/event-stream');
    expect(client.response.headers.get('cache-control')).toBe('no-store');
    await expect.poll(() => client.lastId).toBe('1000-1');
    fixture.publish(deviceEvent(2));
    fixture.publish({ type: 'window', data: storedWindow() });
    await expect.poll(() => client.events.length).toBe(2);
    expect(client.events).toEqual([
      { id: '1000-2', type: 'device', data: { id: 'phone-1', online: true, atMs: 2 } },
      { id: '1000-3', type: 'window', data: { ...storedWindow() } },
    ]);
  });

  it('goes on after the last event a client has, without loss or repetition', async () => {
    await using fixture = await createHttpFixture();
    const url = await listen(fixture);
    const first = await openLiveClient(url);
    await expect.poll(() => first.lastId).toBe('1000-0');
    for (let atMs = 1; atMs <= 5; atMs++) fixture.publish(deviceEvent(atMs));
    await expect.poll(() => first.events.length).toBe(5);
    first[Symbol.dispose]();
    await expect.poll(() => fixture.liveClients).toEqual(['joined', 'left']);
    for (let atMs = 6; atMs <= 9; atMs++) fixture.publish(deviceEvent(atMs));
    using second = await openLiveClient(url, first.lastId);
    fixture.publish(deviceEvent(10));
    await expect.poll(() => second.events.length).toBe(5);
    expect(second.events.map(({ id }) => id)).toEqual(['1000-6', '1000-7', '1000-8', '1000-9', '1000-10']);
  });

  it.each([
    ['too-old', '1000-3'],
    ['restarted', '999-80'],
    ['unknown-id', 'nonsense'],
  ])('tells a client to reload when what it has cannot be continued: %s', async (reason, lastEventId) => {
    await using fixture = await createHttpFixture({ feedCapacityEvents: 10 });
    for (let atMs = 1; atMs <= 50; atMs++) fixture.publish(deviceEvent(atMs));
    using client = await openLiveClient(await listen(fixture), lastEventId);
    await expect.poll(() => client.events.length).toBe(1);
    expect(client.events).toEqual([{ id: '1000-50', type: 'reset', data: { reason } }]);
    fixture.publish(deviceEvent(51));
    await expect.poll(() => client.lastId).toBe('1000-51');
  });

  it('sends a client only the devices and types it asked for', async () => {
    await using fixture = await createHttpFixture();
    const url = await listen(fixture);
    using byDevice = await openLiveClient(`${url}?device=other`);
    using byType = await openLiveClient(`${url}?types=window,%20apparel`);
    await expect.poll(() => [byDevice.lastId, byType.lastId]).toEqual(['1000-0', '1000-0']);
    fixture.publish(deviceEvent(1));
    fixture.publish(deviceEvent(2, OTHER));
    fixture.publish({ type: 'window', data: storedWindow() });
    fixture.publish({ type: 'apparel', data: { device: OTHER, label: 'hat', atMs: 4, probability: 1 } });
    await expect.poll(() => byDevice.events.map(({ id }) => id)).toEqual(['1000-2', '1000-4']);
    await expect.poll(() => byType.events.map(({ type }) => type)).toEqual(['window', 'apparel']);
  });

  it('shows that it lives, and moves the place of a client that gets no events', async () => {
    await using fixture = await createHttpFixture({ heartbeatMs: 10 });
    using client = await openLiveClient(`${await listen(fixture)}?types=window`);
    await expect.poll(() => client.comments).toBeGreaterThan(1);
    fixture.publish(deviceEvent(1));
    await expect.poll(() => client.lastId).toBe('1000-1');
    expect(client.events).toEqual([]);
  });

  it('gives up a client that does not read, and nobody else notices', async () => {
    await using fixture = await createHttpFixture({ feedCapacityEvents: 20 });
    const url = await listen(fixture);
    const { port, pathname } = new globalThis.URL(url);
    const sleeper = connect(Number(port), '127.0.0.1');
    sleeper.on('error', () => undefined);
    sleeper.write(`GET ${pathname} HTTP/1.1\r\nhost: x\r\n\r\n`);
    sleeper.pause();
    using reader = await openLiveClient(url);
    await expect.poll(() => fixture.liveClients).toEqual(['joined', 'joined']);
    const bulk = { type: 'window', data: storedWindow({ model: 'm'.repeat(100_000) }) } as const;
    let published = 0;
    while (!fixture.liveClients.includes('too-slow') && published < 2000) {
      fixture.publish(bulk);
      published += 1;
      while (reader.events.length < published) await turn();
    }
    expect(fixture.liveClients).toEqual(['joined', 'joined', 'too-slow']);
    expect(reader.events).toHaveLength(published);
    sleeper.destroy();
  });

  it('sends clients beyond the largest number away', async () => {
    await using fixture = await createHttpFixture({ maxLiveClients: 1 });
    const url = await listen(fixture);
    using _first = await openLiveClient(url);
    const second = await fetch(url);
    expect(second.status).toBe(503);
    expect(second.headers.get('retry-after')).toBe('10');
    expect(second.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });

  it('ends streams in order when the gateway stops', async () => {
    const fixture = await createHttpFixture({ closeGraceMs: 60_000 });
    using client = await openLiveClient(await listen(fixture));
    await expect.poll(() => client.lastId).toBe('1000-0');
    await fixture.app.close();
    await client.ended;
    expect(fixture.liveClients).toEqual(['joined', 'stopping']);
  });

  it.each([
    ['an unknown type', 'types=window,gossip', 'types names one or more of status, window, apparel, device'],
    ['no type at all', 'types=', 'types names one or more'],
    ['a bad device', 'device=../x', 'device is not a device name'],
    ['two devices', 'device=a&device=b', 'device: '],
  ])('answers 400 for %s', async (_name, query, words) => {
    await using fixture = await createHttpFixture();
    const response = await fixture.app.inject(`/v1/events?${query}`);
    expect(response.statusCode).toBe(400);
    expect(response.json().detail).toContain(words);
    expect(fixture.liveClients).toEqual([]);
  });

  it('is not there for HEAD', async () => {
    await using fixture = await createHttpFixture();
    const response = await fixture.app.inject({ method: 'HEAD', url: '/v1/events' });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('GET');
  });
});
