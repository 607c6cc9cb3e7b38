import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { components } from '../client/api-types.js';
import { answerOf } from '../client/client.js';
import { ScrollBox } from '../components/scroll-box.js';
import { formatCount } from '../core/format.js';
import { useDashboard } from './dashboard.js';
import { keepLoaded } from './keep-loaded.js';

type Ledger = components['schemas']['Ledger'];
type Health = components['schemas']['Health'];
type Model = components['schemas']['Models']['models'][number];

const RELOAD_MS = 2000;

interface Report {
  readonly ledger: Ledger;
  readonly health: Health;
  readonly models: readonly Model[];
}

/** Health of the parts, the models in service, and the ledger. */
export function GatewayPage() {
  const { session } = useDashboard();
  const problem = useSignal<string | undefined>(undefined);
  const report = useSignal<Report | undefined>(undefined);
  useEffect(() => {
    const load = async (): Promise<void> => {
      const client = session.client.value;
      const [ledger, { models }, health] = await Promise.all([
        answerOf(client.GET('/v1/ledger')),
        answerOf(client.GET('/v1/models')),
        healthOf(await client.GET('/health/ready')),
      ]);
      report.value = { ledger, health, models };
    };
    return keepLoaded(load, { session, problem, everyMs: RELOAD_MS });
  }, [session.token.value]);
  if (report.value === undefined) return <p class="soft">{problem.value ?? 'Loading …'}</p>;
  const { ledger, health, models } = report.value;
  return (
    <>
      <h1>Gateway</h1>
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <HealthCard health={health} />
      <LedgerCard ledger={ledger} />
      <ModelsCard models={models} />
    </>
  );
}

/** A gateway that is not ready answers 503 with the same body. */
function healthOf({ data, error }: { readonly data?: Health | undefined; readonly error?: unknown }): Health {
  return data ?? (error as Health);
}

function HealthCard({ health: { ready, parts } }: { readonly health: Health }) {
  return (
    <section class="card stack" aria-labelledby="health">
      <h2 id="health">Health</h2>
      <p class={ready ? 'good' : 'problem'}>
        {ready ? 'Ready: data is taken and results are stored.' : 'Not ready.'}
      </p>
      <table>
        <tbody>
          {parts.map(({ name, ok, detail }) => (
            <tr key={name} data-part={name}>
              <th scope="row">{name}</th>
              <td>
                <span class={ok ? 'mark ok' : 'mark wrong'}>{ok ? '✓ well' : '✗ in trouble'}</span>{' '}
                <span class="soft">{detail}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function LedgerCard({ ledger }: { readonly ledger: Ledger }) {
  const { balanced, messages, samples, windows, ignoredSensors } = ledger;
  return (
    <section class="card stack" aria-labelledby="ledger">
      <h2 id="ledger">Ledger</h2>
      <p class={balanced ? 'good' : 'problem'}>
        {balanced ? 'It balances: everything that came in is accounted for.' : 'It does not balance.'}
      </p>
      <div class="ledger">
        <Counts
          title="Messages"
          counts={{
            received: messages.received,
            accepted: messages.accepted,
            ...prefixed(messages.rejected),
          }}
        />
        <Counts title="Samples" counts={samples} />
        <Counts
          title="Windows"
          counts={{
            due: windows.due,
            stored: windows.stored,
            pending: windows.pending,
            ...prefixed(windows.skipped, 'skipped: '),
          }}
        />
        {Object.keys(ignoredSensors).length > 0 && <Counts title="Not used" counts={ignoredSensors} />}
      </div>
    </section>
  );
}

function prefixed(counts: Readonly<Record<string, number>>, prefix = 'rejected: '): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${prefix}${name}`, count]));
}

function Counts({
  title,
  counts,
}: {
  readonly title: string;
  readonly counts: Readonly<Record<string, number>>;
}) {
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {Object.entries(counts).map(([name, count]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{formatCount(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ModelsCard({ models }: { readonly models: readonly Model[] }) {
  return (
    <section class="card stack" aria-labelledby="models">
      <h2 id="models">Models</h2>
      <ScrollBox label="Models table">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Version</th>
              <th scope="col">Looks at</th>
              <th scope="col">Trained on</th>
            </tr>
          </thead>
          <tbody>
            {models.map((model) => (
              <tr key={model.name}>
                <th scope="row">{model.name}</th>
                <td>{model.version}</td>
                <td>
                  {model.kind === 'sequence'
                    ? `${model.sizeSamples} rows at ${model.samplingRateHz} Hz`
                    : 'pictures'}
                </td>
                <td>{model.provenance.data}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}
