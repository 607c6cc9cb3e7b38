import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type AlongsideClient, AlongsideProblem, answerOf, createClient, wordsOf } from '../client/client.js';

/** How the page speaks with the gateway. */
export interface Session {
  readonly token: Signal<string | undefined>;
  /** The gateway asked for a token, and why; `undefined` while it does not. */
  readonly wanted: Signal<string | undefined>;
  readonly client: ReadonlySignal<AlongsideClient>;
  readonly baseUrl: string;
  /** Keeps a token if the gateway takes it; otherwise says why not. */
  signIn(token: string): Promise<string | undefined>;
  signOut(): void;
  /** Asks for a token if that is what an error means. @returns whether it is */
  noteError(error: unknown): boolean;
}

const KEY = 'alongside.token';

/** Keeps the token in this browser, so that it is asked for once. */
export function createSession(baseUrl: string): Session {
  const token = signal(localStorage.getItem(KEY) ?? undefined);
  const wanted = signal<string | undefined>(undefined);
  return {
    token,
    wanted,
    baseUrl,
    client: computed(() => createClient({ baseUrl, token: token.value })),
    signIn: async (text) => {
      const problem = await tryToken(baseUrl, text);
      if (problem !== undefined) return problem;
      localStorage.setItem(KEY, text);
      token.value = text;
      wanted.value = undefined;
      return undefined;
    },
    signOut: () => {
      localStorage.removeItem(KEY);
      token.value = undefined;
      wanted.value = 'You have signed out.';
    },
    noteError: (error) => {
      if (!(error instanceof AlongsideProblem) || error.status !== 401) return false;
      wanted.value = error.message;
      return true;
    },
  };
}

async function tryToken(baseUrl: string, token: string): Promise<string | undefined> {
  try {
    await answerOf(createClient({ baseUrl, token }).GET('/v1/devices'));
    return undefined;
  } catch (error) {
    return wordsOf(error);
  }
}
