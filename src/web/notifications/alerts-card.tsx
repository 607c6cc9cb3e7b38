import { useSignal } from '@preact/signals';
import { AlongsideProblem, answerOf, wordsOf } from '../client/client.js';
import { ScrollBox } from '../components/scroll-box.js';
import { formatAgo } from '../core/format.js';
import { useDashboard } from '../dashboard/dashboard.js';
import { describeRule } from './describe-rule.js';
import { NewRule } from './new-rule.js';
import { usePolled } from './webhooks-state.js';

/** What is wrong now, and what counts as wrong. */
export function AlertsCard() {
  const { session, nowMs, mayAdminister } = useDashboard();
  const client = session.client.value;
  const { value, problem, reload } = usePolled(async () => ({
    ...(await answerOf(client.GET('/v1/alerts'))),
    ...(await answerOf(client.GET('/v1/alert-rules'))),
  }));
  const { alerts = [], rules = [] } = value.value ?? {};
  return (
    <section class="card stack" aria-labelledby="alerts">
      <h2 id="alerts">Alerts</h2>
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {alerts.map(({ id, text, raisedAtMs }) => (
        <p key={id} class="problem">
          {text} Raised {formatAgo(raisedAtMs, nowMs.value)}.
        </p>
      ))}
      {value.value !== undefined && alerts.length === 0 && <p class="good">No alert is raised.</p>}
      <RuleTable rules={rules} onChanged={reload} />
      {value.value !== undefined && mayAdminister.value === true && <NewRule onMade={reload} />}
      {mayAdminister.value === false && (
        <p class="soft">A token with the scope admin is needed to make rules and to remove them.</p>
      )}
    </section>
  );
}

interface ListedRule {
  readonly rule: Readonly<Record<string, unknown>>;
  readonly origin: 'config' | 'api';
}

function RuleTable({
  rules,
  onChanged,
}: {
  readonly rules: readonly ListedRule[];
  readonly onChanged: () => void;
}) {
  const { session, mayAdminister } = useDashboard();
  const problem = useSignal<string | undefined>(undefined);
  const remove = async (name: string): Promise<void> => {
    const params = { path: { name } };
    const { error, response } = await session.client.value.DELETE('/v1/alert-rules/{name}', { params });
    problem.value =
      error === undefined ? undefined : wordsOf(new AlongsideProblem(response.status, error.detail));
    onChanged();
  };
  if (rules.length === 0) return <p class="soft">There are no rules yet.</p>;
  return (
    <>
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <ScrollBox label="Rules table">
        <table>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">Raised when</th>
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {rules.map(({ rule, origin }) => {
              const name = String(rule['name']);
              return (
                <tr key={name} data-rule={name}>
                  <th scope="row">{name}</th>
                  <td>{describeRule(rule)}</td>
                  <td>
                    {origin === 'config' ? (
                      'the configuration'
                    ) : mayAdminister.value === true ? (
                      <button type="button" onClick={() => void remove(name)} aria-label={`Remove ${name}`}>
                        Remove
                      </button>
                    ) : (
                      'the API'
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollBox>
    </>
  );
}
