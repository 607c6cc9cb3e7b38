import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Caller, FairShare } from '../../../src/http/fair-share.js';
import { createHttpFixture, type FixtureOverrides, type HttpFixture } from '../../helpers/http-fixture.js';
import { type MadeAccess, makeAccess, makeRecords } from '../../helpers/make-access.js';

const caller = (principal: string | undefined, address = 'home'): Caller => ({
  principal,
  address,
  isAdmin: false,
});
const ADMIN: Caller = { principal: 'token/admin', address: 'home', isAdmin: true };

function takeTimes(share: FairShare, who: Caller, times: number): (string | undefined)[] {
  return Array.from({ length: times }, () => share.take(who, 1));
}

const taken = (reasons: readonly (string | undefined)[]): number =>
  reasons.filter((reason) => reason === undefined).length;

describe(FairShare, () => {
  it('gives a principal half and an address three quarters, and keeps a part for administrators', () => {
    const share = new FairShare(160);
    expect(taken(takeTimes(share, caller('a'), 160))).toBe(80);
    expect(share.take(caller('a', 'elsewhere'), 1)).toBe('own-share');
    expect(taken(takeTimes(share, caller('b'), 160))).toBe(40);
    expect(share.take(caller('c'), 1)).toBe('own-share');
    expect(taken(takeTimes(share, caller('c', 'elsewhere'), 160))).toBe(30);
    expect(share.take(caller('d', 'third'), 1)).toBe('full');
    expect(taken(takeTimes(share, ADMIN, 20))).toBe(10);
    expect(share.take(ADMIN, 1)).toBe('full');
  });

  it('gives what was given back to others', () => {
    const share = new FairShare(16);
    takeTimes(share, caller('a'), 8);
    share.give(caller('a'), 1);
    expect(takeTimes(share, caller('a'), 2)).toEqual([undefined, 'own-share']);
  });

  it('counts those who need not say who they are by address', () => {
    const share = new FairShare(16);
    expect(taken(takeTimes(share, caller(undefined), 16))).toBe(12);
    expect(share.take(caller(undefined, 'elsewhere'), 1)).toBeUndefined();
  });

  it('has room for the largest in every share, and keeps nothing back of what is scarce', () => {
    const share = new FairShare(250, 200);
    expect([share.take(caller('a'), 200), share.take(caller('a'), 1)]).toEqual([undefined, 'own-share']);
    expect([share.take(caller('b', 'elsewhere'), 50), share.take(ADMIN, 1)]).toEqual([undefined, 'full']);
    expect(new FairShare(1).take(caller('a'), 1)).toBeUndefined();
  });

  it('never holds more than there is, and all again once everybody gave back', () => {
    const step = fc.tuple(
      fc.constantFrom('a', 'b', 'admin'),
      fc.constantFrom('x', 'y'),
      fc.integer({ min: 1, max: 5 }),
    );
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1, max: 40 }), (steps, total) => {
        const share = new FairShare(total, 5);
        const held: [Caller, number][] = [];
        for (const [name, address, amount] of steps) {
          const who = { ...caller(name, address), isAdmin: name === 'admin' };
          if (share.take(who, amount) === undefined) held.push([who, amount]);
        }
        expect(held.reduce((sum, [, amount]) => sum + amount, 0)).toBeLessThanOrEqual(total);
        for (const [who, amount] of held) share.give(who, amount);
        expect(share.take(ADMIN, total)).toBeUndefined();
      }),
    );
  });
});

describe('a gateway with credentials', () => {
  let made: MadeAccess;
  const open: HttpFixture[] = [];
  beforeAll(async () => {
    made = await makeRecords();
  });
  afterAll(async () => {
    await Promise.all(open.map((fixture) => fixture[Symbol.asyncDispose]()));
  });

  async function start(overrides: FixtureOverrides) {
    const fixture = await createHttpFixture({ access: makeAccess(made.records).control, ...overrides });
    open.push(fixture);
    const url = await fixture.app.listen({ host: '127.0.0.1', port: 0 });
    const headersOf = (scope: string) => ({ authorization: `Bearer ${made.tokens[scope]}` });
    return { url, headersOf };
  }

  it('lets an administrator listen although a token that reads opened all streams it could', async () => {
    const { url, headersOf } = await start({ maxLiveClients: 8 });
    const events = new URL('/v1/events', url);
    const stop = new AbortController();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => fetch(events, { headers: headersOf('read'), signal: stop.signal })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(4);
    const refused = answers.find(({ status }) => status === 503);
    expect(await refused?.json()).toMatchObject({
      detail: 'Your share of live streams is in use; wait until some of them are done',
    });
    const admin = await fetch(events, { headers: headersOf('admin'), signal: stop.signal });
    expect(admin.status).toBe(200);
    stop.abort();
  });

  it.each(['/v1/apparel/classify', '/v1/ingest/sensor-logger'])(
    '%s takes bodies of others while one announces bodies and sends none',
    async (path) => {
      const { url, headersOf } = await start({ maxIngestBytes: 1000, imageBudgetBytes: 8000 });
      const type = path.includes('apparel') ? 'image/jpeg' : 'application/json';
      // A body that is announced and never comes, by a socket of our own: `fetch` waits for its body first.
      const sockets: Socket[] = [];
      const { hostname, port } = new URL(url);
      const announce = async (): Promise<string> => {
        const socket = connect(Number(port), hostname);
        sockets.push(socket);
        const head = [
          `POST ${path} HTTP/1.1`,
          'host: localhost',
          `authorization: ${headersOf('ingest').authorization}`,
        ];
        socket.write(`${[...head, `content-type: ${type}`, 'content-length: 1000'].join('\r\n')}\r\n\r\n`);
        const [data] = await once(socket, 'data');
        return String(data).split('\r\n', 1).join();
      };
      const first = await Promise.race(Array.from({ length: 6 }, announce));
      expect(first).toContain(' 503 ');
      const headers = { ...headersOf('admin'), 'content-type': type };
      const body = path.includes('apparel') ? Uint8Array.of(1) : '{}';
      const { status } = await fetch(new URL(path, url), { method: 'POST', headers, body });
      expect(status).not.toBe(503);
      for (const socket of sockets) socket.destroy();
    },
  );
});
