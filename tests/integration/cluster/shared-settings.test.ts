import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JoinTokens } from '../../../src/access/join-tokens.js';
import { openSharedMemory, type SharedMemory } from '../../../src/cluster/connect-nats.js';
import { SharedSettings } from '../../../src/cluster/shared-settings.js';
import { configSchema } from '../../../src/config/schema.js';
import { Placements } from '../../../src/gateway/placements.js';
import { deviceId } from '../../helpers/make-results.js';
import { type Nats, startNats } from '../../helpers/start-nats.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const LAYOUT = { name: 'test', partitions: 1, replicas: 1, logBytes: 12_000_000 };
const ANNA = deviceId('anna');
const BEN = deviceId('ben.2');
const CARA = deviceId('cara');

describe(SharedSettings, () => {
  let nats: Nats;
  let memory: SharedMemory;
  beforeAll(async () => {
    nats = await startNats();
    memory = await openSharedMemory({ servers: nats.urls, name: 'test' }, LAYOUT);
  });
  afterAll(async () => {
    await memory[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
  });

  /** A run of a gateway with a data folder. */
  async function startIn(dataDir: string, failures: unknown[] = []) {
    const placements = await Placements.open(configSchema.parse({ dataDir }));
    const tokens = new JoinTokens();
    const settings = await SharedSettings.open({
      bucket: memory.settings,
      path: join(dataDir, 'settings.json'),
      onFailed: (error) => failures.push(error),
    });
    for (const { shared } of [placements, tokens]) await settings.share(shared);
    return { placements, tokens, settings, [Symbol.asyncDispose]: () => settings[Symbol.asyncDispose]() };
  }

  it('brings what is changed at one gateway to all, and to those that were away', async () => {
    await using one = await temporaryFolder();
    await using other = await temporaryFolder();
    await using east = await startIn(one.path);
    {
      await using west = await startIn(other.path);
      await east.placements.say(ANNA, 'chest');
      await west.placements.say(BEN, 'wrist');
      await expect
        .poll(() => [west.placements.of(ANNA), east.placements.of(BEN)])
        .toEqual(['chest', 'wrist']);
    }
    await east.placements.say(ANNA, undefined);
    await east.settings.settled();
    const away = await Placements.open(configSchema.parse({ dataDir: other.path }));
    await away.say(CARA, 'hand');
    await using west = await startIn(other.path);
    expect([ANNA, BEN, CARA].map((device) => west.placements.of(device))).toEqual([
      'assumed',
      'wrist',
      'hand',
    ]);
    await expect.poll(() => east.placements.of(CARA)).toBe('hand');
  });

  it('lets one gateway only use a token up, and keeps invitations over a restart of one', async () => {
    await using one = await temporaryFolder();
    await using other = await temporaryFolder();
    await using east = await startIn(one.path);
    await using west = await startIn(other.path);
    const { token } = east.tokens.invite({ device: ANNA, replace: false, expiresAtMs: 1000 });
    await expect.poll(() => west.tokens.stateOf(ANNA, 0)).toBe('waiting');
    {
      await using restarted = await startIn(one.path);
      expect(restarted.tokens.stateOf(ANNA, 0)).toBe('waiting');
    }
    const claims = [east, west].map(({ tokens }) => tokens.redeem(token, 0));
    await Promise.all([east.settings.settled(), west.settings.settled()]);
    const winners = [east, west].filter(({ tokens }, index) => {
      const claim = claims[index];
      return claim?.kind === 'taken' && tokens.isUsedBy(token, claim.claim);
    });
    expect(winners).toHaveLength(1);
  });

  it('says that it cannot share while NATS is away, and does so later', async () => {
    await using one = await temporaryFolder();
    const failures: unknown[] = [];
    await using east = await startIn(one.path, failures);
    await nats.kill(0);
    await east.placements.say(CARA, 'pocket');
    await expect(east.settings.settled()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
    });
    expect(failures).toHaveLength(1);
    await nats.restart(0);
    await using other = await temporaryFolder();
    await expect
      .poll(async () => {
        await using west = await startIn(other.path);
        return west.placements.of(CARA);
      })
      .toBe('pocket');
  });
});
