import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { IncomingMessage, RequestListener } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredWindow } from '../../../../src/domain/store.js';
import { messageOf } from '../../../../src/shared/errors.js';
import { createInfluxStore, type InfluxStoreOptions } from '../../../../src/storage/influx/influx-store.js';
import { DeadLetterFile } from '../../../../src/storage/outbox/dead-letter-file.js';
import { createLmdbOutbox } from '../../../../src/storage/outbox/lmdb-outbox.js';
import { type OutboxSink, startOutboxSink } from '../../../../src/storage/outbox/outbox-sink.js';
import type { OutboxSinkHooks } from '../../../../src/storage/outbox/outbox-sink-options.js';
import { eventually } from '../../../helpers/eventually.js';
import { fillDisk } from '../../../helpers/fill-disk.js';
import { makeResults, makeUpdate, makeWindow, PHONE } from '../../../helpers/make-results.js';
import { onSmallDisk } from '../../../helpers/small-disk.js';
import { startHttpServer } from '../../../helpers/start-http-server.js';
import { type Influxd, startInfluxd } from '../../../helpers/start-influxd.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { LMDB_PROBE } from '../../../helpers/worker-url.js';

const ALWAYS = { fromMs: 0, toMs: 2e12 };
const RETRY = { initialMs: 50, maxMs: 200 };

/** A sink with its outbox and dead letters in a folder; `told` is what it said, and how often. */
async function startSink(options: InfluxStoreOptions, path?: string) {
  const folder = path === undefined ? await temporaryFolder() : undefined;
  const at = path ?? folder?.path ?? '';
  // Long enough for a database on a loaded machine.
  const store = createInfluxStore({ requestTimeoutMs: 3000, ...options });
  const outbox = createLmdbOutbox({
    path: join(at, 'outbox'),
    clock: { nowMs: () => Date.now() },
    probeUrl: LMDB_PROBE,
  });
  const letters = new DeadLetterFile({ folder: join(at, 'dead-letter'), name: 'store' });
  const down: string[] = [];
  const told = { kept: 0, stored: 0, restored: 0, refused: 0, expired: 0, recovered: 0, down };
  const count = (what: Exclude<keyof typeof told, 'down'>, windows: number) => {
    told[what] += windows;
  };
  const hooks: Partial<OutboxSinkHooks> = {
    onKept: ({ windows }) => count('kept', windows.length),
    onStored: ({ windows }, { report }) => count('stored', windows.length - report.refusedWindows),
    onRestored: (windows) => count('restored', windows),
    onRefused: ({ windows }) => count('refused', windows),
    onExpired: ({ windows }) => count('expired', windows),
    onUnavailable: (error) => down.push(messageOf(error)),
    onRecovered: () => count('recovered', 1),
    onDiskUnavailable: (error) => down.push(messageOf(error)),
  };
  const sink = startOutboxSink(
    { store, outbox, deadLetters: letters, hooks },
    { flushIntervalMs: 20, retry: RETRY, catchUpBatchesPerSecond: 100, closeTimeoutMs: 1000 },
  );
  const accept = (windows: readonly StoredWindow[]) => sink.accept(makeResults({ windows }));
  const close = async () => {
    await sink.dispose();
    await outbox[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  };
  return {
    sink,
    store,
    told,
    letters,
    accept,
    [Symbol.asyncDispose]: async () => {
      await close();
      await folder?.[Symbol.asyncDispose]();
    },
  };
}

const windowsOf = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => makeWindow({ endMs: from + index }));

const drained = (sink: OutboxSink) =>
  eventually(
    () => Promise.resolve(sink.backlog.points + sink.pending.points),
    (points) => points === 0,
  );

async function lettersIn(file: DeadLetterFile) {
  const all = [];
  for await (const { letters } of file.read()) all.push(...letters);
  return all;
}

describe('with an InfluxDB', () => {
  let influxd: Influxd;
  beforeAll(async () => {
    influxd = await startInfluxd();
  });
  afterAll(() => influxd[Symbol.asyncDispose]());

  it.each([
    ['killed and started again', () => influxd.kill('SIGKILL'), () => influxd.restart()],
    [
      'that does not answer for a while',
      () => Promise.resolve(influxd.signal('SIGSTOP')),
      () => Promise.resolve(influxd.signal('SIGCONT')),
    ],
  ])('%s, every window is stored once', async (_, fail, recover) => {
    await using each = await startSink({ url: influxd.url, database: `x${performance.now()}` });
    const { sink, store, told, accept } = each;
    accept(windowsOf(0, 100));
    await drained(sink);
    await fail();
    for (let index = 1; index < 60; index++) {
      accept(windowsOf(index * 100, 100));
      sink.accept(makeResults({ statuses: [makeUpdate({ atMs: index })] }));
    }
    await eventually(
      () => Promise.resolve(told.down.length),
      (count) => count === 1,
    );
    expect(sink.backlog.windows).toBeGreaterThan(0);
    await recover();
    await drained(sink);
    expect(await store.windows(PHONE, ALWAYS, 100_000)).toEqual(windowsOf(0, 6000));
    expect(await store.statuses(PHONE, 'accompanied', ALWAYS)).toHaveLength(59);
    expect(told).toMatchObject({ kept: 6000, stored: 6000, refused: 0, expired: 0, recovered: 1 });
  });

  it('whose database is dropped, what comes later is stored', async () => {
    const database = `x${performance.now()}`;
    await using each = await startSink({ url: influxd.url, database });
    each.accept(windowsOf(0, 10));
    await drained(each.sink);
    await influxd.query(`DROP DATABASE "${database}"`);
    each.accept(windowsOf(10, 10));
    await drained(each.sink);
    expect(await each.store.windows(PHONE, ALWAYS, 100)).toEqual(windowsOf(10, 10));
    expect(each.told.down).toEqual([expect.stringContaining('create the database')]);
  });

  it('that refuses points for their type, exactly those are dead letters, with its words', async () => {
    const database = `x${performance.now()}`;
    await using each = await startSink({ url: influxd.url, database });
    await each.store.ping();
    const line = 'presence_window,device=other,model=other odd="text" 1700000000000000000';
    await fetch(`${influxd.url}/write?db=${database}`, { method: 'POST', body: line });
    const windows = windowsOf(1_700_000_000_000, 1000).map((window, index) =>
      index % 100 === 42 ? { ...window, probabilities: { odd: 0.5 } } : window,
    );
    const good = windows.filter((_, index) => index % 100 !== 42);
    const bad = windows.filter((_, index) => index % 100 === 42);
    each.accept(windows);
    await drained(each.sink);
    expect(await each.store.windows(PHONE, ALWAYS, 10_000)).toEqual(good);
    const letters = await lettersIn(each.letters);
    expect(letters.map(({ payload }) => payload)).toEqual(bad.map((point) => ({ kind: 'windows', point })));
    expect(new Set(letters.map(({ words }) => words.includes('field type conflict')))).toEqual(
      new Set([true]),
    );
    expect(each.told).toMatchObject({ stored: 990, refused: 10, down: [] });
  });

  it('that takes small requests only, everything is stored', async () => {
    await using small = await startInfluxd({ http: { 'max-body-size': 3000 } });
    await using each = await startSink({ url: small.url, database: 'x' });
    each.accept(windowsOf(0, 500));
    await drained(each.sink);
    expect(await each.store.windows(PHONE, ALWAYS, 10_000)).toEqual(windowsOf(0, 500));
    expect(each.told.down).toEqual([]);
  });

  it('that does not know the password yet, everything is stored when it does', async () => {
    const admin = { username: 'root', password: 'correct horse' };
    await using closed = await startInfluxd({ admin });
    const user = { username: 'gateway', password: 'battery' };
    await using each = await startSink({ url: closed.url, database: 'x', ...user });
    each.accept(windowsOf(0, 10));
    await eventually(
      () => Promise.resolve(each.told.down.length),
      (count) => count > 0,
    );
    expect(each.told.down).toEqual([expect.stringContaining('store.influxdb.password')]);
    await closed.query(`CREATE USER gateway WITH PASSWORD 'battery' WITH ALL PRIVILEGES`);
    await drained(each.sink);
    expect(await each.store.windows(PHONE, ALWAYS, 100)).toEqual(windowsOf(0, 10));
  });
});

describe('with a server in trouble', () => {
  /** Answers `/write` as told, one answer after the other, and then 204. */
  const troubled = (answers: RequestListener[], at: number[] = []): RequestListener => {
    return (request, response) => {
      if (!isWrite(request)) {
        response.end('{"results":[{"statement_id":0}]}');
        return;
      }
      at.push(performance.now());
      const answer = answers.shift();
      if (answer === undefined) request.resume().on('end', () => response.writeHead(204).end());
      else answer(request, response);
    };
  };
  const isWrite = ({ url = '' }: IncomingMessage) => url.startsWith('/write');
  const status = (code: number, headers: Record<string, string> = {}): RequestListener => {
    return (_, response) => void response.writeHead(code, headers).end('{"error":"too much to do"}');
  };
  const silent: RequestListener = () => undefined;
  const cut: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('x');
    setTimeout(() => response.destroy(), 10);
  };

  it.each([
    ['500', status(500)],
    ['503', status(503)],
    ['429', status(429)],
    ['401', status(401)],
    ['404', status(404)],
    ['nothing', silent],
    ['half an answer', cut],
  ])('that answers %s, nothing is let go before it is taken', async (_, answer) => {
    await using server = await startHttpServer(troubled([answer, answer, answer]));
    await using each = await startSink({ url: server.url, database: 'x', requestTimeoutMs: 500 });
    each.accept(windowsOf(0, 10));
    await eventually(
      () => Promise.resolve(each.told.down.length),
      (count) => count === 1,
    );
    expect(each.sink.backlog.points).toBe(10);
    await drained(each.sink);
    expect(each.told).toMatchObject({ stored: 10, refused: 0, expired: 0, recovered: 1 });
    expect(await lettersIn(each.letters)).toEqual([]);
  });

  it('that asks for patience, it is given', async () => {
    const at: number[] = [];
    await using server = await startHttpServer(troubled([status(429, { 'retry-after': '1' })], at));
    await using each = await startSink({ url: server.url, database: 'x' });
    each.accept(windowsOf(0, 10));
    await drained(each.sink);
    const [first = 0, second = 0] = at;
    expect(second - first).toBeGreaterThanOrEqual(990);
  });
});

onSmallDisk('with an InfluxDB whose disk is full', 24, (disk) => {
  it('everything is stored once there is room and it has been started again', async () => {
    await using influxd = await startInfluxd({ folder: disk() });
    await using each = await startSink({ url: influxd.url, database: 'x' });
    each.accept(windowsOf(0, 10));
    await drained(each.sink);
    const others = join(disk(), 'others');
    await fillDisk(others);
    each.accept(windowsOf(10, 5000));
    await eventually(
      () => Promise.resolve(each.told.down.length),
      (count) => count > 0,
    );
    expect(each.told.down).toEqual([expect.stringContaining('disk')]);
    await rm(others);
    // This version goes on saying that its disk is full until it is started again.
    await influxd.restart();
    await drained(each.sink);
    expect(await each.store.windows(PHONE, ALWAYS, 100_000)).toEqual(windowsOf(0, 5010));
    expect(each.told).toMatchObject({ stored: 5010, refused: 0, expired: 0 });
  });
});

const built = (path: string) => JSON.stringify(join(import.meta.dirname, '../../../../build', path));
const WRITER = `
  import { DeadLetterFile } from ${built('storage/outbox/dead-letter-file.js')};
  import { createLmdbOutbox } from ${built('storage/outbox/lmdb-outbox.js')};
  import { createInfluxStore } from ${built('storage/influx/influx-store.js')};
  import { startOutboxSink } from ${built('storage/outbox/outbox-sink.js')};
  const [, folder, url, first, template] = process.argv;
  const sink = startOutboxSink({
    store: createInfluxStore({ url, database: 'x', requestTimeoutMs: 200 }),
    outbox: createLmdbOutbox({ path: folder + '/outbox', clock: { nowMs: () => Date.now() } }),
    deadLetters: new DeadLetterFile({ folder, name: 'store' }),
    hooks: { onKept: ({ windows }) => console.log(windows.at(-1).endMs) },
  }, { flushIntervalMs: 5 });
  let endMs = Number(first);
  setInterval(() => sink.accept({ windows: [{ ...JSON.parse(template), endMs: endMs++ }], statuses: [], apparel: [], company: [] }), 1);`;

describe('a gateway that is killed with kill -9, again and again, while its InfluxDB comes and goes', () => {
  it('has stored in the end every window that it said it kept', async () => {
    await using folder = await temporaryFolder();
    await using influxd = await startInfluxd();
    let nextMs = 0;
    for (let round = 0; round < 4; round++) {
      influxd.signal(round % 2 === 0 ? 'SIGCONT' : 'SIGSTOP');
      const args = [folder.path, influxd.url, String(nextMs), JSON.stringify(makeWindow())];
      const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(writer, 'exit');
      const beganMs = nextMs;
      for await (const line of createInterface({ input: writer.stdout })) {
        nextMs = Number(line) + 1;
        if (nextMs - beganMs > 200) writer.kill('SIGKILL');
      }
      await exited;
    }
    influxd.signal('SIGCONT');
    await using each = await startSink({ url: influxd.url, database: 'x' }, folder.path);
    await each.sink.drained();
    const stored = await each.store.windows(PHONE, ALWAYS, 100_000);
    const storedTimes = new Set(stored.map(({ endMs }) => endMs));
    const missing = windowsOf(0, nextMs).filter(({ endMs }) => !storedTimes.has(endMs));
    expect(missing).toEqual([]);
    expect(stored.length).toBe(storedTimes.size);
  });
});
