import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnnouncementFile, readAnnouncement } from '../../../../src/notify/home-assistant/announced.js';
import { HomeAssistant, TakeBack } from '../../../../src/notify/home-assistant/home-assistant.js';
import { GatewayError } from '../../../../src/shared/errors.js';
import { deviceId } from '../../../helpers/make-results.js';
import { type TemporaryFolder, temporaryFolder } from '../../../helpers/temporary-folder.js';

const ANNA = deviceId('anna');
const CONFIG = 'homeassistant/device/alongside_anna/config';
const CONNECTION = 'alongside/anna/connection';

let folder: TemporaryFolder;
let path: string;
/** What the broker retains. */
let retained: Map<string, string>;
let failures: unknown[];
let refusal: Error | undefined;
beforeEach(async () => {
  folder = await temporaryFolder();
  path = `${folder.path}/home-assistant/announced.json`;
  retained = new Map();
  failures = [];
  refusal = undefined;
});
afterEach(() => folder[Symbol.asyncDispose]());

const onFailed = (error: unknown): void => void failures.push(error);
const publisher = {
  publish: async (topic: string, payload: string): Promise<void> => {
    await nextTurn();
    if (refusal !== undefined) throw refusal;
    if (payload === '') retained.delete(topic);
    else retained.set(topic, payload);
  },
};
const topicsOf = (device: string) => ({
  availability: 'alongside/gateway/availability',
  status: `alongside/${device}/status`,
  connection: `alongside/${device}/connection`,
  apparel: `alongside/${device}/apparel`,
});
const openFile = async () => new AnnouncementFile(path, await readAnnouncement(path), onFailed);
const start = async (targets: readonly string[], prefix = 'homeassistant') => {
  const file = await openFile();
  const bridge = new HomeAssistant({
    prefix,
    file,
    publisher,
    topicsOf,
    onFailed,
    version: '1',
    retryMs: 1,
    targets: () => targets,
  });
  bridge.resume();
  return bridge;
};
/** One run that makes a device known. */
const announce = async (targets: readonly string[]): Promise<void> => {
  await using bridge = await start(targets);
  bridge.connected(ANNA, true, 1000);
  await bridge.flush();
};
const componentsOf = (topic: string) => JSON.parse(retained.get(topic) ?? '{}').cmps;

describe(HomeAssistant, () => {
  it('removes what a model told that is gone, after a restart, and takes it up again', async () => {
    await announce(['accompanied', 'conversation']);
    for (const _ of ['once', 'twice']) {
      await using bridge = await start(['accompanied']);
      await bridge.flush();
      expect(componentsOf(CONFIG).alongside_anna_conversation).toEqual({ p: 'binary_sensor' });
      expect(componentsOf(CONFIG).alongside_anna_accompanied).toHaveProperty('stat_t');
    }
    await announce(['accompanied', 'conversation']);
    expect(componentsOf(CONFIG).alongside_anna_conversation).toHaveProperty('stat_t');
  });

  it('moves to another prefix, leaving nothing behind', async () => {
    await announce(['accompanied']);
    await using bridge = await start(['accompanied'], 'ha/new');
    await bridge.flush();
    expect([...retained.keys()].sort()).toEqual([CONNECTION, 'ha/new/device/alongside_anna/config']);
  });

  it('leaves what is retained of a device of which nothing is known but its name', async () => {
    await announce(['accompanied']);
    const before = retained.get(CONNECTION);
    expect(before).toContain('"lastSeenMs":1000');
    await using bridge = await start(['accompanied']);
    await bridge.flush();
    expect(retained.get(CONNECTION)).toBe(before);
    bridge.connected(ANNA, false, undefined);
    await bridge.flush();
    expect(JSON.parse(retained.get(CONNECTION) ?? '')).toMatchObject({ online: false });
  });

  it('has a sensor of what is worn for those whose camera showed it, after a restart, too', async () => {
    const [wears, wornAt] = ['alongside_anna_wears', 'alongside/anna/apparel'];
    {
      await using bridge = await start(['accompanied']);
      for (const device of [ANNA, deviceId('ben')]) bridge.connected(device, true, 1000);
      await bridge.flush();
      expect(componentsOf(CONFIG)).not.toHaveProperty(wears);
      bridge.dressed(ANNA);
      await bridge.flush();
      expect(componentsOf(CONFIG)[wears]).toMatchObject({ stat_t: wornAt, json_attr_t: wornAt });
      expect(componentsOf(CONFIG.replace('anna', 'ben'))).not.toHaveProperty('alongside_ben_wears');
    }
    await using bridge = await start(['accompanied']);
    await bridge.flush();
    expect(componentsOf(CONFIG)[wears]).toHaveProperty('val_tpl');
    await bridge.erasable.forget(ANNA);
    expect((await readAnnouncement(path)).dressed).toEqual([]);
  });

  it('says what an earlier run knew', async () => {
    await using bridge = await start(['accompanied']);
    bridge.know(ANNA, { isOnline: false, lastSeenMs: 500 });
    await bridge.flush();
    expect(JSON.parse(retained.get(CONNECTION) ?? '')).toMatchObject({ online: false, lastSeenMs: 500 });
  });

  it('forgets a device on the broker and on the disk', async () => {
    await announce(['accompanied']);
    await using bridge = await start(['accompanied']);
    const { forget, holds } = bridge.erasable;
    expect(await holds(ANNA)).toBe(true);
    await forget(ANNA);
    expect(await holds(ANNA)).toBe(false);
    expect([...retained]).toEqual([]);
    expect((await readAnnouncement(path)).devices).toEqual([]);
  });

  it('tries again what a broker could not take, and reports it', async () => {
    refusal = new GatewayError('QUEUE_FULL', 'too much', { retryable: true });
    await using bridge = await start(['accompanied']);
    bridge.connected(ANNA, true, 1000);
    await expect.poll(() => failures.length).toBeGreaterThan(0);
    refusal = undefined;
    await bridge.flush();
    expect([...retained.keys()].sort()).toEqual([CONNECTION, CONFIG].sort());
  });
});

describe(TakeBack, () => {
  const takeBack = async (isHeardAtOnce: boolean) =>
    new TakeBack({ publisher, topicsOf, onFailed, isHeardAtOnce, file: await openFile() });

  it('leaves nothing on a broker that goes on, and is done', async () => {
    await announce(['accompanied']);
    await using _work = await takeBack(true);
    await expect.poll(() => readAnnouncement(path)).toMatchObject({ devices: [] });
    expect([...retained]).toEqual([]);
  });

  it('waits for Home Assistant where it has to come back to be told', async () => {
    await announce(['accompanied']);
    await using work = await takeBack(false);
    await expect.poll(() => [...retained]).toEqual([]);
    work.heard(Buffer.from('offline'));
    await nextTurn();
    expect((await readAnnouncement(path)).devices).toEqual(['anna']);
    // As the embedded broker would have it for who subscribes meanwhile.
    retained.set(CONFIG, 'x');
    work.heard(Buffer.from('online'));
    await expect.poll(() => readAnnouncement(path)).toMatchObject({ devices: [] });
    expect([...retained]).toEqual([]);
  });

  it('forgets a device meanwhile', async () => {
    await announce(['accompanied']);
    await using work = await takeBack(false);
    expect(await work.erasable.holds(ANNA)).toBe(true);
    await work.erasable.forget(ANNA);
    expect(await work.erasable.holds(ANNA)).toBe(false);
    expect((await readAnnouncement(path)).devices).toEqual([]);
  });

  it('is not done where it could not be said', async () => {
    await announce(['accompanied']);
    refusal = new GatewayError('CLOSED', 'the gateway stops', { retryable: true });
    const work = await takeBack(true);
    await expect.poll(() => failures.length).toBeGreaterThan(0);
    await work[Symbol.asyncDispose]();
    expect((await readAnnouncement(path)).devices).toEqual(['anna']);
  });
});
