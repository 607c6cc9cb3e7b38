import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { components } from '../client/api-types.js';
import { AlongsideProblem, answerOf } from '../client/client.js';
import { useDashboard } from '../dashboard/dashboard.js';
import { keepLoaded } from '../dashboard/keep-loaded.js';

export type Webhook = components['schemas']['Webhook'];
export type EventType = Webhook['events'][number];

const RELOAD_MS = 5000;

/** Loads something now, every few seconds, and when asked to; says what went wrong in words. */
export function usePolled<T>(load: () => Promise<T>) {
  const { session } = useDashboard();
  const value = useSignal<T | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const asked = useSignal(0);
  const reload = (): void => {
    asked.value += 1;
  };
  useEffect(() => {
    const look = async (): Promise<void> => {
      value.value = await load();
    };
    return keepLoaded(look, { session, problem, everyMs: RELOAD_MS });
  }, [session.token.value, asked.value]);
  return { value, problem, reload };
}

/** What can be done with one endpoint. */
export function useWebhookActions(id: string) {
  const client = useDashboard().session.client.value;
  const params = { path: { id } };
  return {
    test: () => answerOf(client.POST('/v1/webhooks/{id}/test', { params })),
    rotate: () => answerOf(client.POST('/v1/webhooks/{id}/rotate', { params, body: {} })),
    enable: (enabled: boolean) => answerOf(client.PATCH('/v1/webhooks/{id}', { params, body: { enabled } })),
    resend: (eventId: string) =>
      answerOf(
        client.POST('/v1/webhooks/{id}/deliveries/{eventId}/resend', { params: { path: { id, eventId } } }),
      ),
    remove: async () => {
      const { error, response } = await client.DELETE('/v1/webhooks/{id}', { params });
      if (error !== undefined) throw new AlongsideProblem(response.status, error.detail);
    },
    log: () => answerOf(client.GET('/v1/webhooks/{id}/deliveries', { params })),
  };
}
