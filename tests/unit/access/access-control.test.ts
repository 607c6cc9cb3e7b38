import { beforeAll, describe, expect, it } from 'vitest';
import { NO_RECORDS } from '../../../src/access/access-file.js';
import {
  createDevice,
  createTokenRecord,
  withDevice,
  withToken,
} from '../../../src/access/manage-records.js';
import type { Principal } from '../../../src/access/principal.js';
import { ACCESS_NOW_MS, type MadeAccess, makeAccess, makeRecords } from '../../helpers/make-access.js';
import { deviceId } from '../../helpers/make-results.js';

const ADDRESS = '192.168.1.5';
const ANNA = deviceId('anna');

let made: MadeAccess;
beforeAll(async () => {
  made = await makeRecords();
});

const password = (text: string | undefined) => Buffer.from(text ?? '');

describe('devices', () => {
  it('are known by their password', async () => {
    const { control } = makeAccess(made.records);
    expect(await control.identifyDevice('anna', password(made.passwords['anna']), ADDRESS)).toEqual({
      kind: 'known',
      principal: { kind: 'device', device: 'anna', passwordFromMs: ACCESS_NOW_MS },
    });
  });

  it.each([
    ['anna', 'wrong'],
    ['anna', ''],
    ['nobody', 'wrong'],
    ['', ''],
    ['__proto__', 'x'],
  ])('are not known as %s with "%s"', async (name, text) => {
    const { control } = makeAccess(made.records);
    expect(await control.identifyDevice(name, password(text), ADDRESS)).toEqual({ kind: 'wrong' });
  });

  it("are not known by another's password", async () => {
    const { control } = makeAccess(made.records);
    const identification = await control.identifyDevice('anna', password(made.passwords['ben']), ADDRESS);
    expect(identification.kind).toBe('wrong');
  });

  it('cost a slow hash once, however often they come back', async () => {
    const { control } = makeAccess(made.records);
    for (let count = 0; count < 100; count++) {
      await control.identifyDevice('anna', password(made.passwords['anna']), ADDRESS);
    }
    expect(control.passwordsHashed).toBe(1);
  });

  it('are looked at slowly too where there is no such device, so that time does not tell', async () => {
    const { control } = makeAccess(made.records);
    await control.identifyDevice('nobody', password('x'), ADDRESS);
    expect(control.passwordsHashed).toBe(1);
  });

  it('are refused unseen after too many failures of an address, but for those known before', async () => {
    const { control, setNow } = makeAccess(made.records);
    await control.identifyDevice('ben', password(made.passwords['ben']), ADDRESS);
    for (let count = 0; count < 10; count++) await control.identifyDevice('anna', password('x'), ADDRESS);
    const hashed = control.passwordsHashed;
    const annas = password(made.passwords['anna']);
    expect(await control.identifyDevice('anna', annas, ADDRESS)).toEqual({ kind: 'limited', waitMs: 60_000 });
    expect(control.passwordsHashed).toBe(hashed);
    const bens = await control.identifyDevice('ben', password(made.passwords['ben']), ADDRESS);
    expect(bens.kind).toBe('known');
    expect((await control.identifyDevice('anna', annas, '192.168.1.6')).kind).toBe('known');
    setNow(ACCESS_NOW_MS + 60_000);
    expect((await control.identifyDevice('anna', annas, ADDRESS)).kind).toBe('known');
  });

  it('are let in for the first time behind a router where another phone, or a token, is wrong again and again', async () => {
    const { control } = makeAccess(made.records);
    for (let count = 0; count < 12; count++) {
      await control.identifyDevice('anna', password('wrong'), ADDRESS);
      control.identifyToken('wrong', ADDRESS);
    }
    expect((await control.identifyDevice('anna', password('wrong'), ADDRESS)).kind).toBe('limited');
    expect((await control.identifyDevice('ben', password(made.passwords['ben']), ADDRESS)).kind).toBe(
      'known',
    );
  });

  it('are refused unseen where an address tried many names, whether they exist or not', async () => {
    const { control } = makeAccess(made.records);
    for (let count = 0; count < 200; count++) {
      const { kind } = await control.identifyDevice(`name-${count}`, password('x'), ADDRESS);
      expect(kind, String(count)).toBe(count < 10 ? 'wrong' : 'limited');
    }
    expect(control.passwordsHashed).toBe(200);
    for (const name of ['anna', 'name-200']) {
      expect((await control.identifyDevice(name, password('x'), ADDRESS)).kind).toBe('limited');
    }
    expect(control.passwordsHashed).toBe(200);
    expect((await control.identifyDevice('anna', password('x'), '192.168.1.6')).kind).toBe('wrong');
  });

  it('cannot be guessed by asking a thousand times at once', async () => {
    const { control } = makeAccess(made.records);
    const attempts = Array.from({ length: 1000 }, (_, index) =>
      control.identifyDevice('anna', password(`guess ${index}`), ADDRESS),
    );
    const kinds = (await Promise.all(attempts)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'wrong').length).toBeLessThanOrEqual(12);
    expect(control.passwordsHashed).toBeLessThanOrEqual(12);
  });

  it('must show the new password once there is one', async () => {
    const { control } = makeAccess(made.records);
    const old = password(made.passwords['anna']);
    await control.identifyDevice('anna', old, ADDRESS);
    const { record, password: fresh } = await createDevice(ANNA, ACCESS_NOW_MS + 1);
    control.replace(withDevice(made.records, record, true));
    expect((await control.identifyDevice('anna', old, ADDRESS)).kind).toBe('wrong');
    expect((await control.identifyDevice('anna', password(fresh), ADDRESS)).kind).toBe('known');
  });

  it('are not let in by a password that was taken back while it was being checked', async () => {
    const { control } = makeAccess(made.records);
    const checking = control.identifyDevice('anna', password(made.passwords['anna']), ADDRESS);
    control.replace({ ...made.records, devices: [] });
    expect((await checking).kind).toBe('wrong');
  });
});

describe('tokens', () => {
  it('are known with their scopes', () => {
    const { control } = makeAccess(made.records);
    expect(control.identifyToken(made.tokens['read'] ?? '', ADDRESS)).toMatchObject({
      kind: 'known',
      principal: { kind: 'token', name: 'read', scopes: ['read'] },
    });
  });

  it('are unknown when anything of them is changed, cut off or added', () => {
    const { control } = makeAccess(made.records);
    const token = made.tokens['read'] ?? '';
    const changed = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
    for (const [index, text] of [
      '',
      'x',
      changed,
      token.slice(0, -1),
      `${token}A`,
      token.toUpperCase(),
    ].entries()) {
      expect(control.identifyToken(text, `10.0.0.${index}`), text).toEqual({ kind: 'wrong' });
    }
  });

  it('run out at their time', () => {
    const { control, setNow } = makeAccess();
    const { record, text } = createTokenRecord(
      { name: 'x', scopes: ['read'], expiresAtMs: ACCESS_NOW_MS + 1000 },
      ACCESS_NOW_MS,
    );
    control.replace(withToken(NO_RECORDS, record));
    setNow(ACCESS_NOW_MS + 999);
    expect(control.identifyToken(text, ADDRESS).kind).toBe('known');
    setNow(ACCESS_NOW_MS + 1000);
    expect(control.identifyToken(text, ADDRESS)).toEqual({ kind: 'expired' });
  });

  it('are refused unseen after too many wrong ones, but for right ones', () => {
    const { control } = makeAccess(made.records);
    for (let count = 0; count < 10; count++) control.identifyToken(`wrong ${count}`, ADDRESS);
    expect(control.identifyToken('wrong', ADDRESS)).toEqual({ kind: 'limited', waitMs: 60_000 });
    expect(control.identifyToken(made.tokens['read'] ?? '', ADDRESS).kind).toBe('known');
  });
});

describe('who need not say who they are', () => {
  const wishes = ['mqtt', 'read', 'ingest', 'admin'] as const;
  const allowed = (access: ReturnType<typeof makeAccess>) =>
    wishes.filter((wish) => access.control.allowsAnonymous(wish));

  it('are all where nothing is configured', () => {
    expect(allowed(makeAccess())).toEqual(wishes);
  });

  it('are none who send, once there is a device', () => {
    expect(allowed(makeAccess({ ...made.records, tokens: [] }))).toEqual(['read', 'admin']);
  });

  it('are none on HTTP, once there is a token', () => {
    expect(allowed(makeAccess({ ...made.records, devices: [] }))).toEqual(['mqtt']);
  });

  it('are none on a channel that other machines reach', () => {
    expect(allowed(makeAccess(NO_RECORDS, { http: true, mqtt: false }))).toEqual(['mqtt']);
    expect(allowed(makeAccess(NO_RECORDS, { http: false, mqtt: true }))).toEqual(['read', 'ingest', 'admin']);
  });

  it('are none, even after the last credentials were taken back', () => {
    const access = makeAccess(made.records);
    access.control.replace(NO_RECORDS);
    expect(allowed(access)).toEqual([]);
  });
});

describe('those who were let in', () => {
  const device: Principal = { kind: 'device', device: ANNA, passwordFromMs: ACCESS_NOW_MS };

  it('must go when their credentials are taken back or replaced', async () => {
    const { control } = makeAccess(made.records);
    const heard: string[] = [];
    control.changes$.subscribe(() => heard.push('change'));
    const token = control.identifyToken(made.tokens['read'] ?? '', ADDRESS);
    if (token.kind !== 'known') throw new Error('the token is right');
    expect(control.isStillAllowed(device, 'mqtt')).toBe(true);
    const { record } = await createDevice(ANNA, ACCESS_NOW_MS + 1);
    control.replace({ devices: [record], tokens: [] });
    expect(heard).toEqual(['change']);
    expect(control.isStillAllowed(device, 'mqtt')).toBe(false);
    expect(control.isStillAllowed(token.principal, 'read')).toBe(false);
  });

  it('must go when nobody asked them and now somebody would', () => {
    const { control } = makeAccess();
    expect(control.isStillAllowed({ kind: 'anonymous' }, 'mqtt')).toBe(true);
    control.replace(made.records);
    expect(control.isStillAllowed({ kind: 'anonymous' }, 'mqtt')).toBe(false);
  });

  it('are looked at again when a token runs out', () => {
    const { control, setNow } = makeAccess();
    const { record, text } = createTokenRecord(
      { name: 'x', scopes: ['read'], expiresAtMs: ACCESS_NOW_MS + 1000 },
      ACCESS_NOW_MS,
    );
    control.replace(withToken(NO_RECORDS, record));
    const token = control.identifyToken(text, ADDRESS);
    if (token.kind !== 'known') throw new Error('the token is right');
    let changes = 0;
    control.changes$.subscribe(() => changes++);
    control.noteTime(ACCESS_NOW_MS, ACCESS_NOW_MS + 999);
    expect(changes).toBe(0);
    setNow(ACCESS_NOW_MS + 1001);
    control.noteTime(ACCESS_NOW_MS + 999, ACCESS_NOW_MS + 1001);
    expect(changes).toBe(1);
    expect(control.isStillAllowed(token.principal, 'read')).toBe(false);
  });

  it('are noted to the hour, not more closely', async () => {
    const { control, setNow } = makeAccess(made.records);
    setNow(ACCESS_NOW_MS + 1_234_567);
    await control.identifyDevice('anna', password(made.passwords['anna']), ADDRESS);
    control.identifyToken(made.tokens['read'] ?? '', ADDRESS);
    const id = made.records.tokens[0]?.id;
    expect([...control.lastUsed]).toEqual([
      ['device/anna', ACCESS_NOW_MS],
      [`token/${id}`, ACCESS_NOW_MS],
    ]);
  });
});
