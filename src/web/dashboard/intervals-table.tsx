import { useComputed, useSignal } from '@preact/signals';
import { ScrollBox } from '../components/scroll-box.js';
import { UnknownReason } from '../components/status-chip.js';
import { formatDayAndTime, formatDuration, formatPercent, formatStatus } from '../core/format.js';
import { useDashboard } from './dashboard.js';
import type { History } from './history.js';

const PAGE_ROWS = 100;
const APPAREL = 'apparel';

/** The timelines as a table, the newest first. */
export function IntervalsTable({ history }: { readonly history: History }) {
  const { targets } = useDashboard();
  const limit = useSignal(PAGE_ROWS);
  const rows = useComputed(() => {
    const statuses = targets.value.flatMap((target) =>
      (history.timelines.value[target] ?? []).map((interval) => ({
        ...interval,
        target,
        reason: interval.reason,
        words: formatStatus(target, interval.status),
      })),
    );
    const labels = history.seen.value.map(({ labels, probability, ...span }) => {
      return {
        ...span,
        target: APPAREL,
        words: labels.join(', '),
        reason: undefined,
        confidence: probability,
      };
    });
    return [...statuses, ...labels].sort((a, b) => b.fromMs - a.fromMs);
  });
  const shown = rows.value.slice(0, limit.value);
  const { timelines, resolutionMs } = history;
  const isLoaded = Object.keys(timelines.value).length > 0;
  // What cameras saw is never thinned.
  const aboutOf = (target: string): string =>
    resolutionMs.value === 0 || target === APPAREL ? '' : 'about ';
  return (
    <div class="stack tight">
      {resolutionMs.value > 0 && (
        <p class="note">
          This is a long time: times are about, to within {formatDuration(resolutionMs.value)}, and what was
          shorter is left out. Choose at most 7 days for every interval as it was.
        </p>
      )}
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
            {shown.map(({ target, words, reason, fromMs, toMs, confidence }) => (
              <tr key={`${target}/${fromMs}`}>
                <td>{`${aboutOf(target)}${formatDayAndTime(fromMs)}`}</td>
                <td>{`${aboutOf(target)}${formatDayAndTime(toMs)}`}</td>
                <td>{target}</td>
                <td>
                  {words} <UnknownReason reason={reason} />
                </td>
                <td class="number">{`${aboutOf(target)}${formatDuration(toMs - fromMs)}`}</td>
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
      {isLoaded && rows.value.length === 0 && <p class="soft">Nothing is known of this time.</p>}
    </div>
  );
}
