import type { components } from '../client/api-types.js';
import { answerOf, createClient, wordsOf } from '../client/client.js';
import type { Placement, StatedPlacement } from '../components/placement-card.js';

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

/** What the gateway keeps of this phone by its settings. */
export interface KnownOfPhone {
  /** Whether it is recorded, and its labels so kept. */
  readonly isRecorded: boolean;
  readonly placement: Placement;
}

/** `undefined` where it cannot be found out. */
export async function askAboutPhone(account: Account): Promise<KnownOfPhone | undefined> {
  const client = createClient({ baseUrl: location.origin });
  try {
    const { recording } = await answerOf(client.GET('/v1/devices/{id}/recording', asPhone(account)));
    const { placement } = await answerOf(client.GET('/v1/devices/{id}/placement', asPhone(account)));
    return { isRecorded: recording, placement };
  } catch {
    return undefined;
  }
}

/** Says where this phone is worn; a text says why that is not possible. */
export async function sayPlacement(
  account: Account,
  placement: StatedPlacement,
): Promise<string | undefined> {
  const client = createClient({ baseUrl: location.origin });
  const call = client.PATCH('/v1/devices/{id}', { ...asPhone(account), body: { placement } });
  return await answerOf(call).then(() => undefined, wordsOf);
}

/** What a request about this phone names, and who asks. */
function asPhone({ device, mqtt }: Account) {
  const params = { path: { id: device } };
  if (mqtt.password === null) return { params };
  const pair = new TextEncoder().encode(`${mqtt.username}:${mqtt.password}`);
  return { params, headers: { authorization: `Basic ${btoa(String.fromCharCode(...pair))}` } };
}

type Choice = components['schemas']['CompanyChoice'];

/** Whether this phone takes part in company; `undefined` where that cannot be found out. */
export async function askCompanyChoice(account: Account): Promise<Choice | undefined> {
  return await answerOf(
    createClient({ baseUrl: location.origin }).GET('/v1/devices/{id}/company/choice', asPhone(account)),
  ).catch(() => undefined);
}

/** @throws AlongsideProblem, TypeError as {@link answerOf} */
export async function chooseCompany(account: Account, takesPart: boolean): Promise<Choice> {
  const request = { ...asPhone(account), body: { takesPart } };
  return await answerOf(
    createClient({ baseUrl: location.origin }).PATCH('/v1/devices/{id}/company/choice', request),
  );
}

/** Where the broker answers: at this server, with its certificate, unless it is elsewhere. */
export function brokerUrlOf({ mqtt: { url, path } }: Account): string {
  return url ?? `${location.origin.replace(/^http/, 'ws')}${path}`;
}
