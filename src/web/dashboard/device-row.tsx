import type { Device } from '../client/client.js';
import { StatusChip } from '../components/status-chip.js';
import { formatAgo } from '../core/format.js';
import { CompanyBand } from './company-band.js';
import { useDashboard } from './dashboard.js';
import { linkTo } from './route.js';
import { RowBands } from './row-bands.js';

/** One device: what holds now, and how it came to be. */
export function DeviceRow({ device }: { readonly device: Device }) {
  const { targets, nowMs, told } = useDashboard();
  const { id, online, lastSeenMs, statuses } = device;
  return (
    <li class="device card" data-device={id}>
      <a class="name" href={linkTo({ page: 'device', device: id })}>
        <span class={`dot ${online ? 'on' : 'off'}`} aria-hidden="true" />
        {id}
      </a>
      <span class="soft seen">
        {online ? 'online' : 'offline'}
        {lastSeenMs !== null && `, seen ${formatAgo(lastSeenMs, nowMs.value)}`}
      </span>
      <span class="chips">
        {targets.value.map((target, place) => {
          const known = statuses.find((status) => status.target === target);
          const { status, confidence } = known ?? { status: 'unknown' as const, confidence: 0 };
          return (
            <StatusChip
              key={target}
              {...{ target, place, status, confidence }}
              classes={told.value.classes[target]}
            />
          );
        })}
      </span>
      <RowBands device={id} />
      <CompanyBand device={id} />
    </li>
  );
}
