import { useSignal } from '@preact/signals';
import { answerOf, wordsOf } from '../client/client.js';
import { useDashboard } from '../dashboard/dashboard.js';
import { Secret } from './secret.js';
import type { EventType } from './webhooks-state.js';

/** Events that a webhook may send, and their words on the page. */
const EVENTS: readonly { readonly type: EventType; readonly words: string }[] = [
  { type: 'status.changed', words: 'a status changed' },
  { type: 'device.online', words: 'a device came' },
  { type: 'device.offline', words: 'a device went' },
  { type: 'company.changed', words: 'two came together, or parted' },
  { type: 'apparel.detected', words: 'apparel was seen' },
  { type: 'alert.raised', words: 'an alert was raised' },
];

/** Makes an endpoint. */
export function NewWebhook({ onMade }: { readonly onMade: () => void }) {
  const { session } = useDashboard();
  const url = useSignal('');
  const events = useSignal<readonly EventType[]>(['status.changed']);
  const problem = useSignal<string | undefined>(undefined);
  const secret = useSignal<string | undefined>(undefined);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const body = { url: url.value.trim(), events: [...events.value] };
    try {
      ({ secret: secret.value } = await answerOf(session.client.value.POST('/v1/webhooks', { body })));
      problem.value = undefined;
      url.value = '';
      onMade();
    } catch (error) {
      problem.value = wordsOf(error);
    }
  };
  return (
    <form class="card stack" onSubmit={(event) => void submit(event)} aria-labelledby="new-webhook">
      <h2 id="new-webhook">New webhook</h2>
      <label class="stack tight">
        Address
        <input
          type="url"
          placeholder="https://…"
          value={url.value}
          onInput={({ currentTarget }) => {
            url.value = currentTarget.value;
          }}
        />
      </label>
      <fieldset class="row presets">
        <legend>Tell it when</legend>
        {EVENTS.map(({ type, words }) => (
          <label key={type}>
            <input
              type="checkbox"
              checked={events.value.includes(type)}
              onChange={({ currentTarget }) => {
                const others = events.value.filter((other) => other !== type);
                events.value = currentTarget.checked ? [...others, type] : others;
              }}
            />{' '}
            {words}
          </label>
        ))}
      </fieldset>
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {secret.value !== undefined && <Secret text={secret.value} />}
      <button type="submit" class="primary" disabled={url.value.trim() === '' || events.value.length === 0}>
        Add
      </button>
    </form>
  );
}
