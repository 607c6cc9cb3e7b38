import { beforeAll, describe, expect, it } from 'vitest';
import {
  createTokenRecord,
  withDevice,
  withoutDevice,
  withoutToken,
  withToken,
} from '../../../src/access/manage-records.js';
import { type MadeAccess, makeRecords } from '../../helpers/make-access.js';

let made: MadeAccess;
beforeAll(async () => {
  made = await makeRecords();
});

const tokenNamed = (name: string) =>
  createTokenRecord({ name, scopes: ['read', 'read', 'ingest'], expiresAtMs: undefined }, 7).record;

describe('devices', () => {
  it('are not replaced by mistake', async () => {
    const [anna] = (await makeRecords(['anna'])).records.devices;
    if (anna === undefined) throw new Error('made above');
    expect(() => withDevice(made.records, anna, false)).toThrow(/--replace/);
    expect(withDevice(made.records, anna, true).devices).toHaveLength(2);
    expect(withDevice(made.records, anna, true).devices).toContain(anna);
  });

  it('are taken out by name', () => {
    expect(withoutDevice(made.records, 'anna').devices.map(({ name }) => name)).toEqual(['ben']);
    expect(() => withoutDevice(made.records, 'carla')).toThrow(/carla/);
  });
});

describe('tokens', () => {
  it('have each scope once, and no name twice', () => {
    const token = tokenNamed('grafana');
    expect(token.scopes).toEqual(['read', 'ingest']);
    const records = withToken(made.records, token);
    expect(records.tokens).toContain(token);
    expect(() => withToken(records, tokenNamed('grafana'))).toThrow(/revoke it first/);
  });

  it('are taken out by name or id', () => {
    const [token] = made.records.tokens;
    expect(withoutToken(made.records, token?.id ?? '').tokens).toHaveLength(2);
    expect(withoutToken(made.records, token?.name ?? '').tokens).toHaveLength(2);
    expect(() => withoutToken(made.records, 'nothing')).toThrow(/nothing/);
  });
});
