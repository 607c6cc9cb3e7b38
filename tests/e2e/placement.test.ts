import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encodeAlongside } from '../../src/recordings/encode-messages.js';
import { eventually } from '../helpers/eventually.js';
import { type RunningGateway, startGatewayIn } from '../helpers/run-cli.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { writeTinyModel } from '../helpers/tiny-model.js';

const deviceSchema = z.object({
  placement: z.string().optional(),
  statuses: z
    .array(
      z.object({
        target: z.string(),
        status: z.string(),
        placement: z.string().optional(),
        reason: z.object({ code: z.string(), text: z.string() }).optional(),
      }),
    )
    .default([]),
});

/** Streams a phone that lies still, as long as it is not disposed of. */
async function stream(url: string, device: string) {
  const client = await connectAsync(url);
  const end = new AbortController();
  const sending = (async () => {
    for (let fromMs = Date.now(); !end.signal.aborted; fromMs += 200) {
      const times = Array.from({ length: 10 }, (_, index) => fromMs + index * 20);
      const values = Float32Array.from(times.flatMap(() => [0, 0, 9.81]));
      const block = { sensor: 'accelerometer', timesMs: Float64Array.from(times), values } as const;
      const payload = encodeAlongside({ clock: 'epoch', blocks: [block] });
      await client.publishAsync(`alongside/${device}/sensors`, Buffer.from(payload), { qos: 1 });
      await sleep(200, undefined, { signal: end.signal }).catch(() => undefined);
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await sending;
      await client.endAsync();
    },
  };
}

const accompaniedOf = async (gateway: RunningGateway) => {
  const { placement, statuses } = await gateway.get('/v1/devices/anna', deviceSchema);
  const said = statuses.find(({ target }) => target === 'accompanied');
  return { worn: placement, said, words: `${placement}: ${said?.status}` };
};

async function say(gateway: RunningGateway, placement: string): Promise<number> {
  const url = new URL('/v1/devices/anna', gateway.http);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'PATCH', headers, body: JSON.stringify({ placement }) });
  return answer.status;
}

describe('where a device is worn', () => {
  it('decides which model speaks of it, and whether one does, also after a restart', async () => {
    await using folder = await temporaryFolder();
    const models = `${folder.path}/models`;
    await writeTinyModel(models, { weight: 0, bias: 9 }, { name: 'chest', placement: 'chest' });
    await writeTinyModel(models, { weight: 0, bias: -9 }, { name: 'wrist', placement: 'wrist' });
    const settings = [
      ...['logLevel=warn', `models.dir=${models}`, 'models.active=[chest,wrist]'],
      ...['track.dwellMs=0', 'track.smoothingMs=0'],
    ];
    const data = `${folder.path}/data`;
    const until = (gateway: RunningGateway, wanted: string) =>
      eventually(
        () => accompaniedOf(gateway),
        ({ words }) => words === wanted,
      );
    {
      await using gateway = await startGatewayIn(data, settings, []);
      await using _phone = await stream(gateway.mqtt, 'anna');
      expect((await until(gateway, 'assumed: yes')).said?.placement).toBe('assumed');
      expect(await say(gateway, 'wrist')).toBe(200);
      expect((await until(gateway, 'wrist: no')).said?.placement).toBeUndefined();
      expect(await say(gateway, 'head')).toBe(400);
      expect(await say(gateway, 'hand')).toBe(200);
      expect((await until(gateway, 'hand: unknown')).said?.reason).toMatchObject({ code: 'placement' });
      expect(gateway.log()).not.toMatch(/two models/);
    }
    await using later = await startGatewayIn(data, settings, []);
    await using _phone = await stream(later.mqtt, 'anna');
    expect((await until(later, 'hand: unknown')).said?.reason?.text).toMatch(/worn in the hand/);
    expect(await say(later, 'chest')).toBe(200);
    await until(later, 'chest: yes');
  });

  it('names a model that is never heard, since one before it tells the same of the same devices', async () => {
    await using folder = await temporaryFolder();
    for (const name of ['first', 'second']) await writeTinyModel(folder.path, {}, { name });
    const settings = [`models.dir=${folder.path}`, 'models.active=[first,second]'];
    await using gateway = await startGatewayIn(`${folder.path}/data`, settings, []);
    expect(gateway.log()).toMatch(/"unheard":"second".*two models tell one target/);
  });
});
