import { describe, expect, it } from 'vitest';
import { AlongsideProblem, answerOf, createClient } from '../../../../src/web/client/client.js';
import { type LiveMessage, listen } from '../../../../src/web/client/live-events.js';
import { createHttpFixture, PHONE } from '../../../helpers/http-fixture.js';
import { makeAccess, makeRecords } from '../../../helpers/make-access.js';

function online(atMs: number) {
  return { type: 'device', data: { id: PHONE, online: true, atMs } } as const;
}

async function listening(fixture: Awaited<ReturnType<typeof createHttpFixture>>, token?: string) {
  const baseUrl = await fixture.app.listen({ port: 0, host: '127.0.0.1' });
  const messages: LiveMessage[] = [];
  const end = new AbortController();
  let connections = 0;
  const done = listen({
    baseUrl,
    token,
    signal: end.signal,
    onMessage: (message) => void messages.push(message),
    onConnected: (isConnected) => {
      if (isConnected) connections += 1;
    },
  });
  return { messages, end, connections: () => connections, done };
}

describe(listen, () => {
  it('hears what happens, and after a lost connection what happened meanwhile', async () => {
    await using fixture = await createHttpFixture();
    const { messages, end, connections, done } = await listening(fixture);
    await expect.poll(connections).toBe(1);
    fixture.publish(online(1));
    await expect.poll(() => messages).toEqual([online(1)]);
    fixture.app.server.closeAllConnections();
    fixture.publish(online(2));
    await expect.poll(() => messages, { timeout: 10_000 }).toEqual([online(1), online(2)]);
    end.abort();
    await done;
  });

  it('gives up where it is not let in', async () => {
    const { records } = await makeRecords();
    await using fixture = await createHttpFixture({ access: makeAccess(records).control });
    const { done } = await listening(fixture, 'nonsense');
    await expect(done).rejects.toMatchObject({ name: 'AlongsideProblem', status: 401 });
  });
});

describe(createClient, () => {
  it('asks with types, and throws what the gateway says is wrong', async () => {
    const { records, tokens } = await makeRecords();
    await using fixture = await createHttpFixture({ access: makeAccess(records).control });
    const baseUrl = await fixture.app.listen({ port: 0, host: '127.0.0.1' });
    const client = createClient({ baseUrl, token: tokens['read'] });
    expect((await answerOf(client.GET('/v1/devices'))).devices).toEqual([]);
    const stranger = answerOf(createClient({ baseUrl }).GET('/v1/devices'));
    await expect(stranger).rejects.toThrow(AlongsideProblem);
    await expect(stranger).rejects.toThrow('This needs a token');
  });
});
