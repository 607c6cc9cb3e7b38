import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInfluxStore } from '../../../../src/storage/influx/influx-store.js';
import { freePort } from '../../../helpers/free-port.js';
import { makeApparel, makeBatch, makeStatus, makeWindow, PHONE } from '../../../helpers/make-results.js';
import { startHttpServer } from '../../../helpers/start-http-server.js';
import { type Influxd, startInfluxd } from '../../../helpers/start-influxd.js';
import { describeStoreContract } from '../store-contract.js';

let influxd: Influxd;
beforeAll(async () => {
  influxd = await startInfluxd();
});
afterAll(() => influxd[Symbol.asyncDispose]());

const freshDatabase = () => ({ url: influxd.url, database: `test-${randomUUID()}` });

describeStoreContract('influx', () => {
  const options = freshDatabase();
  return Promise.resolve({
    open: () => Promise.resolve(createInfluxStore(options)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

describe('what is in InfluxDB', () => {
  it('has the measurements, tags and fields that dashboards build on', async () => {
    const options = freshDatabase();
    await using store = createInfluxStore(options);
    await store.write(
      makeBatch({ windows: [makeWindow()], statuses: [makeStatus()], apparel: [makeApparel()] }),
    );
    const query = (statement: string) => influxd.query(statement, options.database);
    expect(await query('SELECT * FROM presence_window')).toMatchObject({
      results: [
        {
          series: [
            {
              columns: [
                ...['time', 'accompanied', 'conversation', 'coverage', 'device'],
                ...['max_delta_ms', 'mean_delta_ms', 'model', 'start_ms'],
              ],
              values: [
                [
                  1_700_000_002_560,
                  0.91,
                  0.27,
                  0.98,
                  'phone-1',
                  11.5,
                  3.25,
                  'accompany-demo',
                  1_700_000_000_000,
                ],
              ],
            },
          ],
        },
      ],
    });
    expect(
      await query('SELECT status, confidence FROM presence_status GROUP BY device, target'),
    ).toMatchObject({
      results: [
        {
          series: [
            {
              tags: { device: 'phone-1', target: 'accompanied' },
              values: [[1_700_000_002_560, 'yes', 0.88]],
            },
          ],
        },
      ],
    });
    expect(await query('SELECT probability FROM apparel GROUP BY device, label')).toMatchObject({
      results: [
        { series: [{ tags: { device: 'phone-1', label: 'dress' }, values: [[1_700_000_002_560, 0.7]] }] },
      ],
    });
  });
});

describe('a partial refusal', () => {
  it('is counted and not thrown, and the good points are in', async () => {
    const options = freshDatabase();
    await using store = createInfluxStore({ ...options, batchLines: 4 });
    await store.ping();
    const windows = Array.from({ length: 10 }, (_, index) =>
      makeWindow({
        endMs: 1_700_000_000_000 + index,
        probabilities: index % 5 === 0 ? { odd: 0.5 } : { accompanied: 1 },
      }),
    );
    await influxd.query(
      `CREATE RETENTION POLICY one ON "${options.database}" DURATION INF REPLICATION 1 DEFAULT`,
    );
    const line = 'presence_window,device=other,model=other odd="text" 1700000000000000000';
    await fetch(`${options.url}/write?db=${options.database}`, { method: 'POST', body: line });
    const report = await store.write(makeBatch({ windows, statuses: [makeStatus()] }));
    expect(report).toMatchObject({ written: 9, refused: 2, refusedWindows: 2 });
    expect(report.refusal).toContain('field type conflict: input field "odd"');
    const stored = await store.windows(PHONE, { fromMs: 0, toMs: 2e12 }, 100);
    expect(stored).toEqual(windows.filter((_, index) => index % 5 !== 0));
    expect(report.refusedPoints?.flatMap((points) => points.batch.windows)).toEqual(
      windows.filter((_, index) => index % 5 === 0),
    );
  });

  it('counts points older than the database keeps', async () => {
    const options = freshDatabase();
    await influxd.query(`CREATE DATABASE "${options.database}" WITH DURATION 1d`);
    await using store = createInfluxStore(options);
    const report = await store.write(
      makeBatch({ statuses: [makeStatus(), makeStatus({ atMs: Date.now() })] }),
    );
    expect(report).toMatchObject({ written: 1, refused: 1, refusedWindows: 0 });
    expect(report.refusal).toContain('retention policy');
  });
});

describe('an InfluxDB that cannot be used', () => {
  const batch = makeBatch({ windows: [makeWindow()] });
  const unavailable = (message: string) => ({
    code: 'STORE_UNAVAILABLE',
    retryable: true,
    message: expect.stringContaining(message),
  });

  it('is told apart from nothing listening, and asked again at every call', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    await using store = createInfluxStore({ url, database: 'x' });
    for (let attempt = 0; attempt < 4; attempt++) {
      await expect(store.write(batch)).rejects.toMatchObject(unavailable('ECONNREFUSED'));
    }
    await expect(store.ping()).rejects.toMatchObject(unavailable('store.influxdb.url'));
  });

  it('is used again the moment it is back', async () => {
    await using server = await startInfluxd();
    await using store = createInfluxStore({ url: server.url, database: 'x' });
    await store.write(batch);
    await server.kill('SIGKILL');
    await expect(store.write(batch)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    await expect(store.windows(PHONE, { fromMs: 0, toMs: 2e12 }, 1)).rejects.toMatchObject({
      retryable: true,
    });
    await server.restart();
    expect(await store.write(batch)).toMatchObject({ written: 1 });
    expect(await store.windows(PHONE, { fromMs: 0, toMs: 2e12 }, 1)).toEqual(batch.windows);
  });

  it('says that the database is gone, and makes it again at the next call', async () => {
    const options = freshDatabase();
    await using store = createInfluxStore(options);
    await store.write(batch);
    await influxd.query(`DROP DATABASE "${options.database}"`);
    await expect(store.write(batch)).rejects.toMatchObject(unavailable('create the database'));
    expect(await store.write(batch)).toMatchObject({ written: 1 });
    await influxd.query(`DROP DATABASE "${options.database}"`);
    await expect(store.devices()).rejects.toMatchObject(unavailable('create the database'));
    expect(await store.devices()).toEqual([]);
  });

  it('wants the right password, and never shows the one it got', async () => {
    const admin = { username: 'root', password: 'correct horse' };
    await using server = await startInfluxd({ admin });
    await using store = createInfluxStore({
      url: server.url,
      database: 'x',
      username: 'root',
      password: 'battery:staple',
    });
    const error = await store.write(batch).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(unavailable('store.influxdb.username'));
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/staple|YmF0/);

    await using right = createInfluxStore({ url: server.url, database: 'x', ...admin });
    expect(await right.write(batch)).toMatchObject({ written: 1 });

    await server.query(`CREATE USER reader WITH PASSWORD 'a:b'; GRANT READ ON x TO reader`);
    await using reader = createInfluxStore({
      url: server.url,
      database: 'x',
      username: 'reader',
      password: 'a:b',
    });
    expect(await reader.devices()).toEqual([PHONE]);
    await expect(reader.write(batch)).rejects.toMatchObject(unavailable('grant this user'));
  });

  it('says which limit of the server a point is beyond', async () => {
    await using server = await startInfluxd({ http: { 'max-body-size': 100 } });
    await using store = createInfluxStore({ url: server.url, database: 'x' });
    await expect(store.write(batch)).rejects.toMatchObject(unavailable('max-body-size'));
  });

  it.each([
    ['a little', 300, 10],
    ['by far', 20_000, 20_000],
  ])('takes in smaller requests what is too large for one: %s', async (_, limitBytes, count) => {
    await using server = await startInfluxd({ http: { 'max-body-size': limitBytes } });
    await using store = createInfluxStore({ url: server.url, database: 'x', batchLines: 5000 });
    const windows = Array.from({ length: count }, (__, index) => makeWindow({ endMs: index }));
    expect(await store.write(makeBatch({ windows }))).toMatchObject({ written: count, refused: 0 });
    expect(await store.windows(PHONE, { fromMs: 0, toMs: 1e12 }, 100_000)).toHaveLength(count);
  });

  it.each([429, 500, 503])('answers %i', async (status) => {
    await using server = await startHttpServer((_, response) => {
      response.writeHead(status).end('{"error":"too much to do"}');
    });
    await using store = createInfluxStore({ url: server.url, database: 'x' });
    await expect(store.write(batch)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  });

  it('is another program altogether', async () => {
    await using server = await startHttpServer((_, response) => response.end('<html>Hello</html>'));
    await using store = createInfluxStore({ url: server.url, database: 'x' });
    await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  });

  it('stops in the middle of an answer', async () => {
    await using server = await startHttpServer((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"results":');
      setTimeout(() => response.destroy(), 20);
    });
    await using store = createInfluxStore({ url: server.url, database: 'x', requestTimeoutMs: 200 });
    await expect(store.ping()).rejects.toMatchObject(unavailable('no complete answer within 200 ms'));
  });

  it('never answers', async () => {
    await using server = await startHttpServer(() => undefined);
    await using store = createInfluxStore({ url: server.url, database: 'x', requestTimeoutMs: 100 });
    await expect(store.write(batch)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  });
});

describe('createInfluxStore', () => {
  it.each(['', 'localhost:8086', 'ftp://localhost', 'http://'])('refuses the address %j', (url) => {
    expect(() => createInfluxStore({ url, database: 'x' })).toThrow(/store\.influxdb\.url/);
  });

  it('takes an address with a path, as behind a proxy', async () => {
    const paths: string[] = [];
    await using server = await startHttpServer((request, response) => {
      paths.push(String(request.url).replace(/\?.*/, ''));
      response.end('{"results":[]}');
    });
    await using store = createInfluxStore({ url: `${server.url}/influx/`, database: 'x' });
    await store.ping();
    expect(paths).toEqual(['/influx/ping', '/influx/query', '/influx/query']);
  });
});
