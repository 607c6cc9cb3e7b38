import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { components } from '../../client/api-types.js';
import { answerOf } from '../../client/client.js';
import { ScrollBox } from '../components/scroll-box.js';
import { formatDuration, TIME_ZONE } from '../core/format.js';
import { useDashboard } from './dashboard.js';

type Day = components['schemas']['Days']['days'][number];

const DAY_MS = 86_400_000;
const DAYS = 7;
/** Today grows; once a minute is often enough to see it. */
const RELOAD_MS = 60_000;

/** How long somebody was accompanied and in conversation on each of the last days. */
export function DayTotals({ device }: { readonly device: string }) {
  const { session, targets } = useDashboard();
  const totals = useSignal<ReadonlyMap<string, readonly Day[]>>(new Map());
  const names = targets.value.join();
  useEffect(() => {
    const abort = new AbortController();
    const load = async (): Promise<void> => {
      const query = { from: String(Date.now() - DAYS * DAY_MS), timeZone: TIME_ZONE };
      const loaded = await Promise.all(
        targets.value.map(async (target) => {
          const params = { path: { id: device }, query: { ...query, target } };
          const call = session.client.value.GET('/v1/devices/{id}/days', { params, signal: abort.signal });
          return [target, (await answerOf(call)).days] as const;
        }),
      );
      totals.value = new Map(loaded);
    };
    const attempt = (): void => void load().catch(session.noteError);
    attempt();
    const timer = setInterval(attempt, RELOAD_MS);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [device, names, session.token.value]);
  const days = [...new Set([...totals.value.values()].flatMap((all) => all.map(({ day }) => day)))].sort();
  return (
    <section class="card stack" aria-labelledby="per-day">
      <h2 id="per-day">Time per day</h2>
      <ScrollBox label="Time per day table">
        <table class="days">
          <thead>
            <tr>
              <th scope="col">Day</th>
              {targets.value.map((target) => (
                <th scope="col" key={target}>
                  {target}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.reverse().map((day) => (
              <tr key={day}>
                <th scope="row">{day}</th>
                {targets.value.map((target, place) => (
                  <td key={target}>
                    <DayBar place={place} total={totals.value.get(target)?.find((one) => one.day === day)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {days.length === 0 && <p class="soft">Nothing is known of the last {DAYS} days.</p>}
    </section>
  );
}

function DayBar({ place, total }: { readonly place: number; readonly total: Day | undefined }) {
  if (total === undefined) return <span class="soft">nothing known</span>;
  const { yesMs, noMs, unknownMs, classesMs } = total;
  if (classesMs !== undefined) return <ClassTotals classesMs={classesMs} />;
  const knownMs = yesMs + noMs;
  return (
    <div class={`day-bar place-${place % 3}`}>
      <span class="bar" aria-hidden="true">
        {(['yes', 'no', 'unknown'] as const).map((status) => (
          <span
            key={status}
            class={status}
            style={{ flexGrow: { yes: yesMs, no: noMs, unknown: unknownMs }[status] }}
          />
        ))}
      </span>
      <span>
        <b>{formatDuration(yesMs)}</b> <span class="soft">of {formatDuration(knownMs)} known</span>
      </span>
    </div>
  );
}

/** The longest first. */
function ClassTotals({ classesMs }: { readonly classesMs: Readonly<Record<string, number>> }) {
  const longest = Object.entries(classesMs).sort(([, a], [, b]) => b - a);
  return <span>{longest.map(([name, lengthMs]) => `${name} ${formatDuration(lengthMs)}`).join(', ')}</span>;
}
