import { beforeAll, describe, expect, it } from 'vitest';
import { type AccessRecords, NO_RECORDS } from '../../../src/access/access-file.js';
import { createBrokerAccess, type GatewayBrokerAccess } from '../../../src/gateway/broker-access.js';
import type { BrokerClient } from '../../../src/ingest/broker/broker-types.js';
import { type MadeAccess, makeAccess, makeRecords } from '../../helpers/make-access.js';

const SUBSCRIPTIONS = [
  { topic: 'sensor-logger', format: 'sensor-logger' as const },
  { topic: 'sensor-logger/+', format: 'sensor-logger' as const },
  { topic: 'lab/left', format: 'phyphox' as const, device: 'anna' },
  { topic: 'android/{device}', format: 'sensor-spot' as const },
];

let made: MadeAccess;
beforeAll(async () => {
  made = await makeRecords();
});

/** Lets somebody in, and gives them as the broker knows them; `undefined` when they were not let in. */
async function enter(
  access: GatewayBrokerAccess,
  username: string | undefined,
  password: string | undefined,
): Promise<BrokerClient | undefined> {
  const client = { clientId: 'x', username, address: '10.0.0.1', connection: {} };
  const attempt = { ...client, password: password === undefined ? undefined : Buffer.from(password) };
  return (await access.authenticate(attempt)) ? client : undefined;
}

async function entered(access: GatewayBrokerAccess, username: string, password: string | undefined) {
  const client = await enter(access, username, password);
  if (client === undefined) throw new Error(`${username} was not let in`);
  return client;
}

const createAccess = () =>
  createBrokerAccess(makeAccess(made.records).control, { subscriptions: SUBSCRIPTIONS });

describe('logging in', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['nobody', undefined, undefined],
    ['a name alone', 'anna', undefined],
    ['a wrong password', 'anna', 'x'],
    ['no name', undefined, 'x'],
    ['a token that there is not', 'anna', `alongside_000000000000_${'A'.repeat(43)}`],
  ])('is refused to %s', async (_, username, password) => {
    expect(await enter(createAccess(), username, password)).toBeUndefined();
  });

  it('tells who tries too often to come back later', async () => {
    const access = createAccess();
    for (let count = 0; count < 10; count++) await enter(access, 'anna', 'x');
    await expect(enter(access, 'anna', 'x')).rejects.toMatchObject({ retryable: true });
  });

  it('is for everybody where nothing is configured', async () => {
    const access = createBrokerAccess(makeAccess().control, { subscriptions: SUBSCRIPTIONS });
    const client = await enter(access, undefined, undefined);
    if (client === undefined) throw new Error('not let in');
    expect(access.authorizePublish(client, 'sensor-logger')).toBe(true);
    expect(access.authorizeSubscribe(client, '#')).toBe(true);
    expect(access.ownerOf({ username: 'anna', password: undefined })).toBeUndefined();
  });
});

describe('where nobody has to log in', () => {
  const createOpen = (records: AccessRecords) => {
    const { control } = makeAccess(records);
    return { control, access: createBrokerAccess(control, { subscriptions: SUBSCRIPTIONS }) };
  };
  const tokensAlone = () => ({ devices: [], tokens: made.records.tokens });

  it('a token has its own rights all the same', async () => {
    const { access } = createOpen(tokensAlone());
    const phone = await entered(access, 'x', made.tokens['ingest']);
    expect(access.authorizePublish(phone, 'alongside/ben/sensors')).toBe(true);
    expect(access.authorizePublish(phone, 'homeassistant/lock/front/set')).toBe(false);
    expect(access.authorizeSubscribe(phone, '#')).toBe(false);
    const reader = await entered(access, 'x', made.tokens['read']);
    expect(access.authorizePublish(reader, 'alongside/ben/sensors')).toBe(false);
    expect(access.authorizeSubscribe(reader, 'alongside/+/status')).toBe(true);
  });

  it('the session of a token is not that of everybody', () => {
    const { access } = createOpen(tokensAlone());
    const owner = (password: string | undefined) =>
      access.ownerOf({ username: 'x', password: Buffer.from(password ?? '') });
    expect(new Set(['read', 'ingest', 'admin'].map((name) => owner(made.tokens[name]))).size).toBe(3);
    expect(owner('x')).toBeUndefined();
  });

  it.each([
    ['where there are others', () => tokensAlone()],
    ['where there are none', () => NO_RECORDS],
  ])('a token that there is not is refused %s', async (_, records) => {
    const { access } = createOpen(records());
    expect(await enter(access, 'x', `alongside_000000000000_${'A'.repeat(43)}`)).toBeUndefined();
  });

  it('the client of a token that is revoked has to go, and comes back only as nobody', async () => {
    const { access, control } = createOpen(tokensAlone());
    const phone = await entered(access, 'x', made.tokens['ingest']);
    control.replace(NO_RECORDS);
    expect(access.isUnwanted(phone)).toBe(true);
    expect(await enter(access, 'x', made.tokens['ingest'])).toBeUndefined();
    expect(await enter(access, undefined, undefined)).toBeDefined();
  });

  it('a name and a password that there is nothing to compare with count for nothing', async () => {
    const { access } = createOpen(tokensAlone());
    const client = await entered(access, 'anna', 'left in the app');
    expect(access.authorizeSubscribe(client, '#')).toBe(true);
  });
});

describe('a device', () => {
  it.each([
    'alongside/anna/sensors',
    'alongside/anna/frames',
    'alongside/anna/labels',
    'alongside/anna/anything/else',
    'sensor-logger/anna',
    'lab/left',
    'android/anna',
  ])('may publish to %s', async (topic) => {
    const access = createAccess();
    const anna = await entered(access, 'anna', made.passwords['anna']);
    expect(access.authorizePublish(anna, topic)).toBe(true);
  });

  it.each([
    'alongside/ben/sensors',
    'alongside/annabel/sensors',
    'alongside/anna',
    'sensor-logger/ben',
    'sensor-logger',
    'sensor-logger/anna/x',
    'android/ben',
    'elsewhere',
    '',
    'alongside//sensors',
    'ALONGSIDE/anna/sensors',
  ])('may not publish to %s', async (topic) => {
    const access = createAccess();
    const anna = await entered(access, 'anna', made.passwords['anna']);
    expect(access.authorizePublish(anna, topic)).toBe(false);
  });

  it('may not publish where another is fixed', async () => {
    const access = createAccess();
    const ben = await entered(access, 'ben', made.passwords['ben']);
    expect(access.authorizePublish(ben, 'lab/left')).toBe(false);
  });

  it('may hear its own status, and nothing else', async () => {
    const access = createAccess();
    const anna = await entered(access, 'anna', made.passwords['anna']);
    expect(access.authorizeSubscribe(anna, 'alongside/anna/status')).toBe(true);
    for (const filter of [
      '#',
      '+/anna/status',
      'alongside/+/status',
      'alongside/ben/status',
      'alongside/anna/#',
      '$SYS/#',
    ]) {
      expect(access.authorizeSubscribe(anna, filter), filter).toBe(false);
    }
  });
});

describe('a token, as the password of any name', () => {
  const may = async (scope: string) => {
    const access = createAccess();
    const client = await entered(access, 'whoever', made.tokens[scope]);
    return {
      publish: access.authorizePublish(client, 'alongside/ben/sensors'),
      status: access.authorizeSubscribe(client, 'alongside/+/status'),
      one: access.authorizeSubscribe(client, 'alongside/ben/status'),
      availability: access.authorizeSubscribe(client, 'alongside/gateway/availability'),
      sensors: access.authorizeSubscribe(client, 'alongside/+/sensors'),
      everything: access.authorizeSubscribe(client, '#'),
    };
  };

  it('to read hears all statuses and no sensors', async () => {
    expect(await may('read')).toEqual({
      publish: false,
      status: true,
      one: true,
      availability: true,
      sensors: false,
      everything: false,
    });
  });

  it('to push speaks for all and hears nothing', async () => {
    expect(Object.entries(await may('ingest')).filter(([, allowed]) => allowed)).toEqual([['publish', true]]);
  });

  it.each([
    'homeassistant/device/anna/config',
    'homeassistant/lock/front/set',
    'homeassistant/status',
    'alongside/ben',
    'alongside/ben/anything/else',
    'alongside/ben/sensors/more',
    'sensor-logger/ben/more',
    'lab/right',
    'elsewhere',
    '',
  ])('to push may not publish %j', async (topic) => {
    const access = createBrokerAccess(makeAccess(made.records).control, {
      subscriptions: SUBSCRIPTIONS,
      homeAssistantPrefix: 'homeassistant',
    });
    const client = await entered(access, 'whoever', made.tokens['ingest']);
    expect(access.authorizePublish(client, topic)).toBe(false);
  });

  it.each([
    'alongside/ben/sensors',
    'alongside/ben/frames',
    'alongside/ben/labels',
    'sensor-logger',
    'sensor-logger/ben',
    'lab/left',
    'android/ben',
  ])('to push may publish %j', async (topic) => {
    const access = createAccess();
    const client = await entered(access, 'whoever', made.tokens['ingest']);
    expect(access.authorizePublish(client, topic)).toBe(true);
  });

  it('of an administrator does everything', async () => {
    expect(Object.values(await may('admin'))).toEqual(Array.from({ length: 6 }, () => true));
  });
});

describe('connections and sessions', () => {
  it('belong to a device or a token, whatever name is given beside a token', () => {
    const access = createAccess();
    const owner = (username: string, password: string | undefined) =>
      access.ownerOf({ username, password: Buffer.from(password ?? '') });
    const owners = [
      owner('anna', made.passwords['anna']),
      owner('ben', made.passwords['ben']),
      owner('anna', made.tokens['read']),
      owner('anna', made.tokens['admin']),
    ];
    expect(new Set(owners).size).toBe(4);
    expect(owner('ben', made.tokens['read'])).toBe(owner('anna', made.tokens['read']));
  });

  it('are unwanted once their credentials are gone, and can do nothing meanwhile', async () => {
    const { control } = makeAccess(made.records);
    const access = createBrokerAccess(control, { subscriptions: SUBSCRIPTIONS });
    const anna = await entered(access, 'anna', made.passwords['anna']);
    const reader = await entered(access, 'x', made.tokens['read']);
    control.replace({ devices: made.records.devices.filter(({ name }) => name !== 'anna'), tokens: [] });
    expect([anna, reader].map(access.isUnwanted)).toEqual([true, true]);
    expect(access.authorizePublish(anna, 'alongside/anna/sensors')).toBe(false);
    expect(access.authorizeSubscribe(reader, 'alongside/+/status')).toBe(false);
  });

  it('of nobody in particular are unwanted once there are devices', async () => {
    const { control } = makeAccess();
    const access = createBrokerAccess(control, { subscriptions: SUBSCRIPTIONS });
    const client = await enter(access, undefined, undefined);
    if (client === undefined) throw new Error('not let in');
    expect(access.isUnwanted(client)).toBe(false);
    control.replace(made.records);
    expect(access.isUnwanted(client)).toBe(true);
  });
});

describe('Home Assistant', () => {
  it('hears its discovery and says that it is there with a token to read, where it is served', async () => {
    const served = createBrokerAccess(makeAccess(made.records).control, {
      subscriptions: SUBSCRIPTIONS,
      homeAssistantPrefix: 'homeassistant',
    });
    for (const [access, isServed] of [
      [served, true],
      [createAccess(), false],
    ] as const) {
      const client = await entered(access, 'ha', made.tokens['read']);
      expect(access.authorizeSubscribe(client, 'homeassistant/device/+/config')).toBe(isServed);
      expect(access.authorizePublish(client, 'homeassistant/status')).toBe(isServed);
      expect(access.authorizeSubscribe(client, 'alongside/+/connection')).toBe(true);
      expect(access.authorizePublish(client, 'homeassistant/device/x/config')).toBe(false);
      expect(access.authorizeSubscribe(client, '#')).toBe(false);
    }
    const phone = await entered(served, 'anna', made.passwords['anna']);
    expect(served.authorizePublish(phone, 'homeassistant/status')).toBe(false);
    expect(served.authorizeSubscribe(phone, 'homeassistant/#')).toBe(false);
  });
});

describe('the name that a WebSocket asks for', () => {
  const isAllowed = (access: GatewayBrokerAccess) =>
    ['evil.example:1', 'localhost:1', '127.0.0.1:1', 'gateway.lan:1', undefined].filter(access.authorizeHost);
  const options = { subscriptions: SUBSCRIPTIONS, allowedHosts: ['gateway.lan'] };

  it('is the gateway’s own where nobody has to log in', () => {
    expect(isAllowed(createBrokerAccess(makeAccess().control, options))).toEqual([
      'localhost:1',
      '127.0.0.1:1',
      'gateway.lan:1',
      undefined,
    ]);
  });

  it('is any where people log in, or where other machines ask', () => {
    expect(isAllowed(createBrokerAccess(makeAccess(made.records).control, options))).toHaveLength(5);
    const open = createBrokerAccess(makeAccess().control, { subscriptions: SUBSCRIPTIONS });
    expect(isAllowed(open)).toHaveLength(5);
  });
});
