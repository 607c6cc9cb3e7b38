import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { components } from '../client/api-types.js';
import { answerOf } from '../client/client.js';
import { ScrollBox } from '../components/scroll-box.js';
import { formatDayAndTime, formatDuration, TIME_ZONE } from '../core/format.js';
import { type RangeChoice, resolveRange } from '../core/range.js';
import { useDashboard } from './dashboard.js';
import { keepLoaded } from './keep-loaded.js';

type Day = components['schemas']['Days']['days'][number];

/** Today grows; once a minute is often enough to see it. */
const RELOAD_MS = 60_000;

/** How long each status held on each day of the time that is looked at. */
export function DayTotals({ device }: { readonly device: string }) {
  const { session, targets, choice } = useDashboard();
  const totals = useSignal<ReadonlyMap<string, readonly Day[]> | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const [wanted, names] = [choice.value, targets.value.join()];
  useEffect(() => {
    totals.value = undefined;
    if (names === '') return;
    const load = async (signal: AbortSignal): Promise<void> => {
      const { fromMs, toMs } = resolveRange(wanted, Date.now());
      const query = { from: String(Math.floor(fromMs)), to: String(Math.ceil(toMs)), timeZone: TIME_ZONE };
      const loaded = await Promise.all(
        targets.value.map(async (target) => {
          const params = { path: { id: device }, query: { ...query, target } };
          const call = session.client.value.GET('/v1/devices/{id}/days', { params, signal });
          return [target, (await answerOf(call)).days] as const;
        }),
      );
      totals.value = new Map(loaded);
    };
    return keepLoaded(load, { session, problem, everyMs: RELOAD_MS });
  }, [device, wanted, names, session.token.value]);
  const known = totals.value ?? new Map<string, readonly Day[]>();
  const days = [...new Set([...known.values()].flatMap((all) => all.map(({ day }) => day)))].sort();
  return (
    <section class="card stack" aria-labelledby="per-day">
      <div class="row between">
        <h2 id="per-day">Time per day</h2>
        <span class="soft">{`in the time shown: ${wordsOfChoice(wanted)}`}</span>
      </div>
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
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
                    <DayBar place={place} total={known.get(target)?.find((one) => one.day === day)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {totals.value !== undefined && days.length === 0 && <p class="soft">Nothing is known of this time.</p>}
    </section>
  );
}

function wordsOfChoice(choice: RangeChoice): string {
  if (choice.kind === 'last') return `the last ${formatDuration(choice.lengthMs)}`;
  return `${formatDayAndTime(choice.fromMs)} to ${formatDayAndTime(choice.toMs)}`;
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
      {knownMs === 0 ? (
        <span class="soft">unknown for {formatDuration(unknownMs)}</span>
      ) : (
        <span>
          <b>{formatDuration(yesMs)}</b> <span class="soft">of {formatDuration(knownMs)} known</span>
        </span>
      )}
    </div>
  );
}

/** The longest first. */
function ClassTotals({ classesMs }: { readonly classesMs: Readonly<Record<string, number>> }) {
  const longest = Object.entries(classesMs).sort(([, a], [, b]) => b - a);
  return <span>{longest.map(([name, lengthMs]) => `${name} ${formatDuration(lengthMs)}`).join(', ')}</span>;
}
