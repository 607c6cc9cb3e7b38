import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/config/schema.js';
import { CompanyChoices } from '../../../src/gateway/company-choices.js';
import { createCompanyView } from '../../../src/gateway/company-view.js';
import { withoutPeers } from '../../../src/gateway/peers.js';
import { createMemoryStore, deviceInfo, NOW_MS } from '../../helpers/http-fixture.js';
import { deviceId, makeCompany } from '../../helpers/make-results.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const [anna, ben, cleo, dora] = [deviceId('anna'), deviceId('ben'), deviceId('cleo'), deviceId('dora')];

interface SetUp {
  readonly enabled?: boolean;
  readonly offsetMs?: number;
  readonly knownUntilMs?: number;
  readonly copied?: typeof anna;
}

async function setUp({ enabled = true, offsetMs = 0, knownUntilMs, copied }: SetUp = {}) {
  const live = {
    now: () => [{ ...makeCompany({ device: anna, with: ben }), atMs: 5 }],
    knownUntilMs: () => knownUntilMs,
    copyOf: () => copied,
  };
  const folder = await temporaryFolder();
  const config = configSchema.parse({
    dataDir: folder.path,
    company: { enabled },
    devices: { anna: { company: 'on' } },
  });
  const store = createMemoryStore();
  const device = deviceInfo({ id: anna, clock: { kind: 'epoch', offsetMs, driftPpm: 0 } });
  const choices = await CompanyChoices.open(config);
  const registry = { get: (id: typeof anna) => (id === anna ? device : undefined) };
  const view = createCompanyView(config, {
    choices,
    registry,
    store,
    peers: withoutPeers({ nowMs: () => NOW_MS }),
    live: enabled ? live : undefined,
  });
  return { view, store, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe('what the API shows of company', () => {
  it('lasts until now while it has not ended, and no longer', async () => {
    await using world = await setUp();
    world.store.companyList.push(makeCompany({ device: anna, with: ben, sinceMs: NOW_MS - 1000 }));
    const range = { fromMs: NOW_MS - 5000, toMs: NOW_MS + 5000 };
    expect(await world.view.intervals(anna, range, NOW_MS)).toEqual([
      { fromMs: NOW_MS - 1000, toMs: NOW_MS, with: 'ben', probability: 0.97 },
    ]);
  });

  it('lasts no longer than what the device has sent', async () => {
    await using world = await setUp({ knownUntilMs: NOW_MS - 400 });
    world.store.companyList.push(makeCompany({ device: anna, with: ben, sinceMs: NOW_MS - 1000 }));
    const [interval] = await world.view.intervals(anna, { fromMs: 0, toMs: NOW_MS }, NOW_MS);
    expect(interval).toMatchObject({ fromMs: NOW_MS - 1000, toMs: NOW_MS - 400 });
  });

  it('knows who is together now without the store, and nobody where it is switched off', async () => {
    await using world = await setUp();
    world.store.failure = new Error('away');
    expect(await world.view.groupsNow()).toEqual({ groups: [['anna', 'ben']], isComplete: true });
    await using off = await setUp({ enabled: false });
    expect(await off.view.groupsNow()).toEqual({ groups: [], isComplete: true });
  });

  it('groups whoever is with one of a group', async () => {
    await using world = await setUp();
    const pair = (device: typeof anna, other: typeof anna, sinceMs: number, isTogether = true) =>
      world.store.companyList.push(
        makeCompany({ device, with: other, sinceMs, status: isTogether ? 'together' : 'apart' }),
        makeCompany({ device: other, with: device, sinceMs, status: isTogether ? 'together' : 'apart' }),
      );
    pair(anna, ben, 10);
    pair(ben, cleo, 20);
    pair(anna, dora, 20);
    pair(anna, dora, 30, false);
    expect(await world.view.groupsAt(9)).toEqual([]);
    expect(await world.view.groupsAt(10)).toEqual([['anna', 'ben']]);
    expect(await world.view.groupsAt(25)).toEqual([['anna', 'ben', 'cleo', 'dora']]);
    expect(await world.view.groupsAt(30)).toEqual([['anna', 'ben', 'cleo']]);
  });

  it.each([
    [{}, anna, undefined],
    [{}, ben, 'not-agreed'],
    [{ enabled: false }, anna, 'switched-off'],
    [{ offsetMs: 300_000 }, anna, 'clock'],
    [{ offsetMs: -61_000 }, anna, 'clock'],
    [{ offsetMs: 59_000 }, anna, undefined],
    [{ copied: ben }, anna, 'copy'],
    [{ copied: ben }, cleo, 'not-agreed'],
  ])('with %j says of %s why nothing is found out: %s', async (world, device, code) => {
    await using set = await setUp(world);
    expect(set.view.whyNot(device)?.code).toBe(code);
  });

  it('says how far a clock is off, and to which side', async () => {
    await using behind = await setUp({ offsetMs: 300_400 });
    expect(behind.view.whyNot(anna)?.text).toContain("300 s behind the gateway's");
    await using ahead = await setUp({ offsetMs: -90_000 });
    expect(ahead.view.whyNot(anna)?.text).toContain("90 s ahead of the gateway's");
  });
});
