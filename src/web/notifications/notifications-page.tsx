import { answerOf } from '../client/client.js';
import { useDashboard } from '../dashboard/dashboard.js';
import { AlertsCard } from './alerts-card.js';
import { NewWebhook } from './new-webhook.js';
import { WebhookCard } from './webhook-card.js';
import { usePolled } from './webhooks-state.js';

/** Webhooks and alerts. */
export function NotificationsPage() {
  const { mayAdminister } = useDashboard();
  return (
    <>
      <h1>Notifications</h1>
      <AlertsCard />
      <h2>Webhooks</h2>
      {mayAdminister.value === true && <Webhooks />}
      {mayAdminister.value === false && (
        <p class="card soft">A token with the scope admin is needed to see webhooks and to make them.</p>
      )}
    </>
  );
}

function Webhooks() {
  const { session } = useDashboard();
  const { value, problem, reload } = usePolled(() => answerOf(session.client.value.GET('/v1/webhooks')));
  const webhooks = value.value?.webhooks;
  return (
    <>
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {webhooks?.map((webhook) => (
        <WebhookCard key={webhook.id} webhook={webhook} onChanged={reload} />
      ))}
      {webhooks?.length === 0 && (
        <p class="card soft">
          There is no webhook yet. A webhook sends a signed message to an address of yours whenever something
          happens.
        </p>
      )}
      {webhooks !== undefined && <NewWebhook onMade={reload} />}
    </>
  );
}
