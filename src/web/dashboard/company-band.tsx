import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { components } from '../client/api-types.js';
import { answerOf } from '../client/client.js';
import { MomentReader } from '../components/moment-reader.js';
import { formatDayAndTime } from '../core/format.js';
import type { Cursor, Moment } from '../core/moment.js';
import { type Range, redrawnAt, resolveRange } from '../core/range.js';
import { useDashboard } from './dashboard.js';
import { keepLoaded } from './keep-loaded.js';

type Interval = components['schemas']['Company']['intervals'][number];
type Reason = components['schemas']['Company']['reason'];

/** With whom a device was: a band for each other device; nothing where there was none. */
export function CompanyBand({ device }: { readonly device: string }) {
  const dashboard = useDashboard();
  const { choice, company, nowMs, generation, session } = dashboard;
  const intervals = useSignal<readonly Interval[]>([]);
  const reason = useSignal<Reason | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const changes = useSignal(0);
  const [wanted, isSought] = [choice.value, company.value.isSought];
  useEffect(() => {
    if (!isSought) return;
    const load = async (signal: AbortSignal): Promise<void> => {
      const { fromMs, toMs } = resolveRange(wanted, nowMs.peek());
      const query = { from: String(Math.floor(fromMs)), to: String(Math.ceil(toMs)) };
      const params = { path: { id: device }, query };
      const client = session.client.value;
      const answer = await answerOf(client.GET('/v1/devices/{id}/company', { params, signal }));
      intervals.value = answer.intervals;
      reason.value = answer.reason;
    };
    return keepLoaded(load, { session, problem });
  }, [wanted, isSought, changes.value, generation.value, session.token.value]);
  useEffect(
    () =>
      dashboard.onLive((message) => {
        if (message.type === 'company' && message.data.device === device) changes.value += 1;
      }),
    [device],
  );
  const range = resolveRange(wanted, redrawnAt(nowMs.value, LONGEST_STEP_MS));
  const others = [...new Set(intervals.value.map((interval) => interval.with))].sort();
  const isWith = companionsOf(device, company.value.groups);
  const isWrong = isSought && FAULTS.includes(reason.value?.code ?? '');
  return (
    <>
      {isWrong && (
        <p class="tight soft" data-part="no-company">
          With whom it is cannot be told. {reason.value?.text}.
        </p>
      )}
      {others.map((other) => {
        const own = intervals.value.filter((interval) => interval.with === other);
        const spans = isWith.includes(other) ? own.map((span) => untilNow(span, range)) : own;
        return <Companion key={other} {...{ other, range, spans }} />;
      })}
    </>
  );
}

interface CompanionProps {
  readonly other: string;
  readonly range: Range;
  readonly spans: readonly Range[];
}

/** When a device was with one other. */
function Companion({ other, range, spans }: CompanionProps) {
  const cursor = useSignal<Cursor | undefined>(undefined);
  const shareOf = (timeMs: number): number => (timeMs - range.fromMs) / (range.toMs - range.fromMs);
  const describe = (timeMs: number): Moment => {
    const isTogether = spans.some(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs);
    return { time: formatDayAndTime(timeMs), lines: [`${isTogether ? '' : 'not found '}with ${other}`] };
  };
  return (
    <div class="company" data-with={other}>
      <span class="soft">with {other}</span>
      <MomentReader {...{ range, cursor, describe }}>
        <svg class="bands" height={BAND_PIXELS} role="img" aria-label={wordsOf(other, spans)}>
          <rect class="track" width="100%" height={BAND_PIXELS} />
          {spans.map(({ fromMs, toMs }) => {
            const left = Math.max(0, shareOf(fromMs));
            const width = Math.min(1, shareOf(toMs)) - left;
            return width > 0 ? (
              <rect
                key={fromMs}
                class="yes"
                x={`${100 * left}%`}
                width={`${100 * width}%`}
                height={BAND_PIXELS}
              />
            ) : null;
          })}
        </svg>
      </MomentReader>
    </div>
  );
}

/** Who is together now, in words. */
export function TogetherNow() {
  const { groups, isSought } = useDashboard().company.value;
  if (!isSought) return null;
  const words = groups.map((group) => new Intl.ListFormat('en').format(group)).join('; ');
  return (
    <p class="tight" data-part="together" aria-live="polite">
      {groups.length === 0 ? 'Nobody is found to be together now.' : `Together now: ${words}`}
    </p>
  );
}

const BAND_PIXELS = 14;
/** Reasons that somebody has to do something about; that a wearer has not agreed is none. */
const FAULTS: readonly string[] = ['clock', 'copy'];
/** What ended so long ago does not reach until now, milliseconds. */
const LONGEST_STEP_MS = 60_000;

function companionsOf(device: string, groups: readonly (readonly string[])[]): readonly string[] {
  return groups.find((group) => group.includes(device)) ?? [];
}

/** Those who are still together are so until now. */
function untilNow(span: Range, { toMs: nowMs }: Range): Range {
  return span.toMs >= nowMs - LONGEST_STEP_MS ? { ...span, toMs: nowMs } : span;
}

/** The band for those who cannot see it. */
function wordsOf(other: string, spans: readonly Range[]): string {
  const words = spans.map(({ fromMs, toMs }) => `${formatDayAndTime(fromMs)} to ${formatDayAndTime(toMs)}`);
  return `With ${other}: ${words.join('; ')}`;
}
