import type { Status } from '../../client/client.js';
import { formatPercent, formatStatus, toneOf } from '../core/format.js';

const SIGNS = { yes: '●', no: '○', unknown: '?' } as const;

export interface StatusChipProps {
  readonly target: string;
  readonly place: number;
  readonly status: Status;
  readonly confidence: number;
}

/** A status in words, with a sign and a colour that say the same. */
export function StatusChip({ target, place, status, confidence }: StatusChipProps) {
  return (
    <span class={`chip place-${place % 3} ${toneOf(status)}`} data-target={target} data-status={status}>
      <span aria-hidden="true">{SIGNS[toneOf(status)]}</span> {formatStatus(target, status)}
      {status === 'unknown' ? <span class="hidden">: {target}</span> : <b>{formatPercent(confidence)}</b>}
    </span>
  );
}
