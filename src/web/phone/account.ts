import type { components } from '../client/api-types.js';
import { answerOf, createClient, wordsOf } from '../client/client.js';

/** What the gateway gave this phone when it joined. */
export type Account = components['schemas']['Joined'];

const KEY = 'alongside.phone';

export function storedAccount(): Account | undefined {
  const text = localStorage.getItem(KEY);
  // Written below, by this page.
  return text === null ? undefined : (JSON.parse(text) as Account);
}

export function storeAccount(account: Account): void {
  localStorage.setItem(KEY, JSON.stringify(account));
}

export function removeAccount(): void {
  localStorage.removeItem(KEY);
}

/** Exchanges the token of a link for an account; a text says why that is not possible. */
export async function join(token: string): Promise<Account | string> {
  const client = createClient({ baseUrl: location.origin });
  try {
    return await answerOf(client.POST('/v1/join', { body: { token } }));
  } catch (error) {
    return wordsOf(error);
  }
}

/** Whether the gateway records this phone, and so keeps its labels; `undefined` where that cannot be found out. */
export async function askWhetherRecorded({ device, mqtt }: Account): Promise<boolean | undefined> {
  const pair = new TextEncoder().encode(`${mqtt.username}:${mqtt.password ?? ''}`);
  const headers = { authorization: `Basic ${btoa(String.fromCharCode(...pair))}` };
  const client = createClient({ baseUrl: location.origin });
  const params = { path: { id: device } };
  const call = client.GET('/v1/devices/{id}/recording', {
    params,
    ...(mqtt.password === null ? {} : { headers }),
  });
  return await answerOf(call).then(
    ({ recording }) => recording,
    () => undefined,
  );
}

/** Where the broker answers: at this server, with its certificate, unless it is elsewhere. */
export function brokerUrlOf({ mqtt: { url, path } }: Account): string {
  return url ?? `${location.origin.replace(/^http/, 'ws')}${path}`;
}
