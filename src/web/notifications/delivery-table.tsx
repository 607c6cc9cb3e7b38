import { useSignal } from '@preact/signals';
import { wordsOf } from '../client/client.js';
import { ScrollBox } from '../components/scroll-box.js';
import { formatDayAndTime } from '../core/format.js';
import { usePolled, useWebhookActions } from './webhooks-state.js';

/** Attempts at an endpoint, the newest first; each can be sent again. */
export function DeliveryTable({ id }: { readonly id: string }) {
  const { log, resend } = useWebhookActions(id);
  const { value, problem, reload } = usePolled(log);
  const said = useSignal<string | undefined>(undefined);
  const again = (eventId: string): void => {
    resend(eventId).then(
      () => {
        said.value = 'It waits for its turn.';
        reload();
      },
      (error: unknown) => {
        said.value = wordsOf(error);
      },
    );
  };
  if (problem.value !== undefined) return <p class="problem">{problem.value}</p>;
  const { deliveries = [], waiting = [] } = value.value ?? {};
  return (
    <div class="stack tight">
      {said.value !== undefined && <p role="status">{said.value}</p>}
      <ScrollBox label="Deliveries table">
        <table class="deliveries">
          <caption>
            {deliveries.length} attempts, {waiting.length} events wait
          </caption>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Event</th>
              <th scope="col">Device</th>
              <th scope="col">Outcome</th>
              <th scope="col">Again</th>
            </tr>
          </thead>
          <tbody>
            {deliveries.map(({ eventId, attempt, attemptedAtMs, type, device, outcome, status, detail }) => (
              <tr key={`${eventId}/${attempt}/${attemptedAtMs}`} data-outcome={outcome}>
                <td>{formatDayAndTime(attemptedAtMs)}</td>
                <td>
                  {type}, attempt {attempt}
                </td>
                <td>{device ?? ''}</td>
                <td>
                  {outcome} {status ?? ''} <span class="soft">{detail}</span>
                </td>
                <td>
                  <button type="button" onClick={() => again(eventId)} aria-label={`Send again: ${type}`}>
                    Send again
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </div>
  );
}
