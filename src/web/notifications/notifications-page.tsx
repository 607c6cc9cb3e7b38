import { answerOf } from '../client/client.js';
import { useDashboard } from '../dashboard/dashboard.js';
import { AlertsCard } from './alerts-card.js';
import { NewWebhook } from './new-webhook.js';
import { WebhookCard } from './webhook-card.js';
import { usePolled } from './webhooks-state.js';

/** Who is told of what happens. */
export function NotificationsPage() {
  const { session } = useDashboard();
  const { value, problem, reload } = usePolled(() => answerOf(session.client.value.GET('/v1/webhooks')));
  const webhooks = value.value?.webhooks;
  return (
    <>
      <h1>Notifications</h1>
      <AlertsCard />
      <h2>Webhooks</h2>
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {webhooks?.map((webhook) => (
        <WebhookCard key={webhook.id} webhook={webhook} onChanged={() => void reload()} />
      ))}
      {webhooks?.length === 0 && (
        <p class="card soft">
          Nobody is told yet. A webhook sends a signed message to an address of yours whenever something
          happens.
        </p>
      )}
      {webhooks !== undefined && <NewWebhook onMade={() => void reload()} />}
    </>
  );
}
