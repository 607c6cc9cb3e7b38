import { useSignal } from '@preact/signals';
import { answerOf, type Device, type FetchResult, wordsOf } from '../client/client.js';
import { PlacementCard, type StatedPlacement } from '../components/placement-card.js';
import { StatusChip, UnknownReason } from '../components/status-chip.js';
import { formatAgo, formatDayAndTime } from '../core/format.js';
import { garmentRows } from '../core/garments.js';
import type { Range } from '../core/range.js';
import { CompanyBand } from './company-band.js';
import { reload, useDashboard } from './dashboard.js';
import { DayTotals } from './day-totals.js';
import { DeviceFacts } from './device-facts.js';
import { useHistory } from './history.js';
import { IntervalsTable } from './intervals-table.js';
import { Legend } from './legend.js';
import { RangePicker } from './range-picker.js';
import { linkTo } from './route.js';
import { TimelineChart } from './timeline-chart.js';

/** One device, or that there is none of this name. */
export function DevicePage({ device: id }: { readonly device: string }) {
  const { devices, complete } = useDashboard();
  const device = devices.value.find((known) => known.id === id);
  const isMissing = device === undefined && complete.value === true;
  return (
    <>
      <p>
        <a href={linkTo({ page: 'devices' })}>← All devices</a>
      </p>
      {isMissing ? <NoDevice id={id} /> : <KnownDevice {...{ id, device }} />}
    </>
  );
}

function NoDevice({ id }: { readonly id: string }) {
  return (
    <section class="card stack">
      <h1>{id}</h1>
      <p>
        There is no device of this name. Nothing of it has arrived, or it was forgotten; capital letters count
        in a name.
      </p>
    </section>
  );
}

interface KnownDeviceProps {
  readonly id: string;
  /** `undefined` while it is loaded, and while the store does not answer. */
  readonly device: Device | undefined;
}

/** Statuses now, timelines with probabilities, the same as a table, time per day, sensors and delivery. */
function KnownDevice({ id, device }: KnownDeviceProps) {
  const { targets, nowMs, told } = useDashboard();
  const history = useHistory(id);
  const view = useSignal<'chart' | 'table'>('chart');
  return (
    <>
      <div class="row between">
        <h1>{id}</h1>
        {device !== undefined && (
          <span class="soft">
            <span class={`dot ${device.online ? 'on' : 'off'}`} aria-hidden="true" />{' '}
            {device.online ? 'online' : 'offline'}
            {device.lastSeenMs !== null && `, seen ${formatAgo(device.lastSeenMs, nowMs.value)}`}
          </span>
        )}
      </div>
      <ul class="now">
        {targets.value.map((target, place) => {
          const known = device?.statuses.find((status) => status.target === target);
          const { status, confidence } = known ?? { status: 'unknown' as const, confidence: 0 };
          return (
            <li key={target} class="card">
              <span class="soft">{target}</span>
              <StatusChip {...{ target, place, status, confidence }} classes={told.value.classes[target]} />
              <span class="soft">
                {known === undefined ? '' : `since ${formatDayAndTime(known.sinceMs)}`}
              </span>
              <UnknownReason reason={known?.reason} />
            </li>
          );
        })}
      </ul>
      <section class="card stack" aria-labelledby="timelines">
        <div class="row between">
          <h2 id="timelines">Timelines</h2>
          <div class="row">
            {(['chart', 'table'] as const).map((kind) => (
              <button
                key={kind}
                type="button"
                aria-pressed={view.value === kind}
                onClick={() => {
                  view.value = kind;
                }}
              >
                {kind === 'chart' ? 'Chart' : 'Table'}
              </button>
            ))}
          </div>
        </div>
        <RangePicker />
        <CsvDownloads device={id} range={history.range.value} hasGarments={history.seen.value.length > 0} />
        <Legend
          targets={targets.value}
          classes={told.value.classes}
          garments={garmentRows(history.seen.value)}
        />
        {history.problem.value !== undefined && (
          <p class="problem" role="alert">
            {history.problem.value}
          </p>
        )}
        {view.value === 'chart' ? (
          <TimelineChart device={id} history={history} />
        ) : (
          <IntervalsTable history={history} />
        )}
        <CompanyBand device={id} />
      </section>
      <DayTotals device={id} />
      {device !== undefined && <Placement device={device} />}
      {device !== undefined && <DeviceFacts device={device} />}
    </>
  );
}

/** Asks where the device is worn, as long as nobody has said; and lets it be corrected. */
function Placement({ device: { id, placement } }: { readonly device: Device }) {
  const dashboard = useDashboard();
  const problem = useSignal<string | undefined>(undefined);
  const say = async (stated: StatedPlacement): Promise<void> => {
    const { session } = dashboard;
    try {
      await answerOf(
        session.client.value.PATCH('/v1/devices/{id}', {
          params: { path: { id } },
          body: { placement: stated },
        }),
      );
      problem.value = undefined;
      await reload(dashboard);
    } catch (error) {
      if (!session.noteError(error)) problem.value = wordsOf(error);
    }
  };
  const maySay = dashboard.mayIngest.value !== false;
  return (
    <PlacementCard
      placement={placement}
      problem={problem.value}
      onSay={maySay ? (stated) => void say(stated) : undefined}
    />
  );
}

interface CsvDownloadsProps {
  readonly device: string;
  readonly range: Range;
  readonly hasGarments: boolean;
}

/** The time shown, as tables; fetched, since a link cannot carry a token. */
function CsvDownloads({ device, range: { fromMs, toMs }, hasGarments }: CsvDownloadsProps) {
  const { session, targets, company } = useDashboard();
  const query = { from: String(Math.floor(fromMs)), to: String(Math.ceil(toMs)), format: 'csv' } as const;
  const options = { parseAs: 'blob', params: { path: { id: device }, query } } as const;
  const problem = useSignal<string | undefined>(undefined);
  const save = async (name: string, asked: Promise<FetchResult<Blob>>): Promise<void> => {
    let data: Blob;
    try {
      data = await answerOf(asked);
      problem.value = undefined;
    } catch (error) {
      if (!session.noteError(error)) problem.value = wordsOf(error);
      return;
    }
    const link = document.createElement('a');
    link.href = URL.createObjectURL(data);
    link.download = `${name}-${device}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  const client = session.client.value;
  const timeline = (target: string) =>
    client.GET('/v1/devices/{id}/timeline', {
      parseAs: 'blob',
      params: { path: { id: device }, query: { ...query, target } },
    });
  return (
    <div class="row">
      <span class="soft">CSV:</span>
      {[...targets.value, ...(hasGarments ? ['apparel'] : [])].map((target) => (
        <button key={target} type="button" onClick={() => void save(target, timeline(target))}>
          {target}
        </button>
      ))}
      <button
        type="button"
        onClick={() => void save('windows', client.GET('/v1/devices/{id}/windows', options))}
      >
        windows
      </button>
      {company.value.isSought && (
        <button
          type="button"
          onClick={() => void save('company', client.GET('/v1/devices/{id}/company', options))}
        >
          company
        </button>
      )}
      <button
        type="button"
        onClick={() => void save('labels', client.GET('/v1/devices/{id}/labels', options))}
      >
        labels
      </button>
      {problem.value !== undefined && (
        <span class="problem" role="alert">
          {problem.value}
        </span>
      )}
    </div>
  );
}
