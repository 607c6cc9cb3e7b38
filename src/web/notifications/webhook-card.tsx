import { useSignal } from '@preact/signals';
import { wordsOf } from '../client/client.js';
import { formatAgo, formatCount } from '../core/format.js';
import { useDashboard } from '../dashboard/dashboard.js';
import { DeliveryTable } from './delivery-table.js';
import { Secret } from './secret.js';
import { useWebhookActions, type Webhook } from './webhooks-state.js';

interface Outcome {
  readonly isGood: boolean;
  readonly words: string;
}

const good = (words: string): Outcome => ({ isGood: true, words });

/** One endpoint: how it does, and what can be done with it. */
export function WebhookCard({
  webhook,
  onChanged,
}: {
  readonly webhook: Webhook;
  readonly onChanged: () => void;
}) {
  const actions = useWebhookActions(webhook.id);
  const outcome = useSignal<Outcome | undefined>(undefined);
  const secret = useSignal<string | undefined>(undefined);
  const showsLog = useSignal(false);
  const attempt = (act: () => Promise<Outcome>): void => {
    act().then(
      (became) => {
        outcome.value = became;
        onChanged();
      },
      (error: unknown) => {
        outcome.value = { isGood: false, words: wordsOf(error) };
      },
    );
  };
  const test = async (): Promise<Outcome> => {
    const { outcome: became, status, detail } = await actions.test();
    const isGood = became === 'delivered';
    return {
      isGood,
      words: isGood ? `It was accepted, with the answer ${status}.` : `It was not accepted: ${detail}`,
    };
  };
  const rotate = async (): Promise<Outcome> => {
    secret.value = (await actions.rotate()).secret;
    return good('The new secret signs at once; the old one signs beside it for a day.');
  };
  const setEnabled = async (): Promise<Outcome> => {
    await actions.enable(!webhook.enabled);
    return good(webhook.enabled ? 'It is switched off.' : 'It is switched on.');
  };
  const remove = async (): Promise<Outcome> => {
    if (!confirm(`Remove ${webhook.url}, with the events that wait for it?`))
      return good('Nothing was removed.');
    await actions.remove();
    return good('It is removed.');
  };
  return (
    <section class="card stack" aria-label={webhook.url} data-webhook={webhook.id}>
      <h3 class="url">{webhook.url}</h3>
      <Facts webhook={webhook} />
      <div class="row">
        <button type="button" onClick={() => attempt(test)}>
          Send a test
        </button>
        <button type="button" onClick={() => attempt(rotate)}>
          New secret
        </button>
        <button type="button" onClick={() => attempt(setEnabled)}>
          {webhook.enabled ? 'Switch off' : 'Switch on'}
        </button>
        <button type="button" onClick={() => attempt(remove)}>
          Remove
        </button>
        <button
          type="button"
          aria-expanded={showsLog.value}
          onClick={() => {
            showsLog.value = !showsLog.value;
          }}
        >
          Delivery log
        </button>
      </div>
      {outcome.value !== undefined && (
        <p class={outcome.value.isGood ? 'good' : 'problem'} role="status">
          {outcome.value.words}
        </p>
      )}
      {secret.value !== undefined && <Secret text={secret.value} />}
      {showsLog.value && <DeliveryTable id={webhook.id} />}
    </section>
  );
}

function Facts({ webhook }: { readonly webhook: Webhook }) {
  const { nowMs } = useDashboard();
  const { events, devices, enabled, disabled, waiting, lastDelivery } = webhook;
  const isGone = disabled?.reason === 'gone';
  return (
    <>
      <p class="tight">
        {events.join(', ')} · {devices === null ? 'all devices' : devices.join(', ')} ·{' '}
        <b>{formatCount(waiting)} waiting</b>
        {lastDelivery !== null &&
          ` · last attempt ${formatAgo(lastDelivery.attemptedAtMs, nowMs.value)}: ${lastDelivery.outcome}`}
      </p>
      {!enabled && (
        <p class="problem">
          {isGone ? 'Switched off: the receiver said that it is gone (410).' : 'Switched off.'}
        </p>
      )}
    </>
  );
}
