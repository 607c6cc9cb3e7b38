import { describe, expect, it } from 'vitest';
import { createInfluxStore } from '../../../../src/storage/influx/influx-store.js';
import { deviceId, makeBatch, makeWindow } from '../../../helpers/make-results.js';
import { startInfluxTwo } from '../../../helpers/start-influx-two.js';

const ANNA = deviceId('anna');
const TOKEN = 'secret-token';
const DATABASE = 'alongside';

describe('InfluxDB 2', () => {
  it('is written with a token, without making a database, and what to set up is said once', async () => {
    await using server = await startInfluxTwo({ version: 'v2.7.1', token: TOKEN, canDelete: true });
    const said: string[] = [];
    const onSetUpNeeded = (words: string): void => void said.push(words);
    await using store = createInfluxStore({
      url: server.url,
      database: DATABASE,
      token: TOKEN,
      onSetUpNeeded,
    });
    await store.write(makeBatch({ windows: [makeWindow({ device: ANNA })] }));
    await store.ping();
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/InfluxDB v2\.7\.1.*bucket "alongside"/);
    expect(server.requests.map(({ path }) => path)).toEqual(['/ping', '/write', '/query']);
    const statements = server.requests.map(({ query }) => query.get('q') ?? '').join();
    expect(statements).not.toMatch(/create|drop/i);
  });

  it('forgets a device by its own endpoint', async () => {
    await using server = await startInfluxTwo({ version: 'v2.7.1', token: TOKEN, canDelete: true });
    const address = { url: server.url, database: DATABASE, token: TOKEN, organization: 'home' };
    await using store = createInfluxStore(address);
    await store.forget(ANNA);
    const deletions = server.requests.filter(({ path }) => path === '/api/v2/delete');
    expect(deletions.map(({ body }) => JSON.parse(body).predicate)).toEqual([
      '_measurement="presence_window" AND device="anna"',
      '_measurement="presence_status" AND device="anna"',
      '_measurement="apparel" AND device="anna"',
      '_measurement="presence_company" AND device="anna"',
      '_measurement="presence_company" AND "with"="anna"',
    ]);
    for (const { query } of deletions) {
      expect(Object.fromEntries(query)).toEqual({ bucket: DATABASE, org: 'home' });
    }
  });

  it('removes what is old', async () => {
    await using server = await startInfluxTwo({ version: 'v2.7.1', token: TOKEN, canDelete: true });
    await using store = createInfluxStore({ url: server.url, database: DATABASE, token: TOKEN });
    await store.expire({ statusesBeforeMs: 1_790_000_000_000 });
    const bodies = server.requests
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => JSON.parse(body));
    expect(bodies).toMatchObject([
      { predicate: '_measurement="presence_status"', stop: new Date(1_790_000_000_000).toISOString() },
    ]);
  });

  it('is named with its version and the setting that helps where the token is wrong', async () => {
    await using server = await startInfluxTwo({ version: 'v2.7.1', token: TOKEN, canDelete: true });
    await using store = createInfluxStore({ url: server.url, database: DATABASE, token: 'another' });
    await expect(store.ping()).rejects.toThrow(/InfluxDB v2\.7\.1 at .*store\.influxdb\.token/);
  });
});

describe('InfluxDB 3', () => {
  it('says that it cannot forget, and what to do instead', async () => {
    await using server = await startInfluxTwo({ version: '3.2.0', token: TOKEN, canDelete: false });
    await using store = createInfluxStore({ url: server.url, database: DATABASE, token: TOKEN });
    await expect(store.forget(ANNA)).rejects.toThrow(/InfluxDB 3\.2\.0 .*no way to remove.*retention period/);
  });
});
