import { useComputed, useSignal } from '@preact/signals';
import { ScrollBox } from '../components/scroll-box.js';
import { formatDayAndTime, formatDuration, formatPercent, formatStatus } from '../core/format.js';
import { useDashboard } from './dashboard.js';
import type { History } from './history.js';

const PAGE_ROWS = 100;

/** The timelines as a table, the newest first. */
export function IntervalsTable({ history }: { readonly history: History }) {
  const { targets } = useDashboard();
  const limit = useSignal(PAGE_ROWS);
  const rows = useComputed(() => {
    const statuses = targets.value.flatMap((target) =>
      (history.timelines.value[target] ?? []).map((interval) => ({
        ...interval,
        target,
        words: formatStatus(target, interval.status),
      })),
    );
    const labels = history.labels.value.map(({ label, probability, ...span }) => {
      return { ...span, target: 'apparel', words: label, confidence: probability };
    });
    return [...statuses, ...labels].sort((a, b) => b.fromMs - a.fromMs);
  });
  const shown = rows.value.slice(0, limit.value);
  return (
    <div class="stack tight">
      <ScrollBox label="Statuses table">
        <table class="intervals">
          <caption class="hidden">Statuses in the time shown, the newest first</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col">What</th>
              <th scope="col">Status</th>
              <th scope="col" class="number">
                Lasted
              </th>
              <th scope="col" class="number">
                Confidence
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ target, words, fromMs, toMs, confidence }) => (
              <tr key={`${target}/${fromMs}`}>
                <td>{formatDayAndTime(fromMs)}</td>
                <td>{formatDayAndTime(toMs)}</td>
                <td>{target}</td>
                <td>{words}</td>
                <td class="number">{formatDuration(toMs - fromMs)}</td>
                <td class="number">{formatPercent(confidence)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {rows.value.length > shown.length && (
        <button
          type="button"
          onClick={() => {
            limit.value += PAGE_ROWS;
          }}
        >
          Show more ({rows.value.length - shown.length} left)
        </button>
      )}
      {rows.value.length === 0 && <p class="soft">Nothing is known of this time.</p>}
    </div>
  );
}
