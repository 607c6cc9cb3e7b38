import type { Status } from '../client/client.js';
import { formatPercent, formatStatus, toneOf } from '../core/format.js';

const SIGNS: Readonly<Record<string, string>> = { yes: '●', no: '○', unknown: '?' };

export interface StatusChipProps {
  readonly target: string;
  readonly place: number;
  readonly status: Status;
  readonly confidence: number;
  /** Of a target with more than two. */
  readonly classes?: readonly string[] | undefined;
}

/** Why nothing is known, and what to do. */
export function UnknownReason({ reason }: { readonly reason: { readonly text: string } | undefined }) {
  return reason === undefined ? null : <span class="soft reason">{reason.text}</span>;
}

/** Stands on every page as long as a model speaks that knows simulated people only. */
export function SimulatedBanner({ models }: { readonly models: readonly string[] }) {
  if (models.length === 0) return null;
  return (
    <p class="simulated" role="note">
      Simulated: {models.join(', ')} learned from simulated people. Its answers about real people mean
      nothing.
    </p>
  );
}

/** A status in words, with a sign and a colour that say the same. */
export function StatusChip({ target, place, status, confidence, classes }: StatusChipProps) {
  const tone = toneOf(status, classes);
  return (
    <span class={`chip place-${place % 3} ${tone}`} data-target={target} data-status={status}>
      <span aria-hidden="true">{SIGNS[tone] ?? '●'}</span>{' '}
      {status === 'unknown' && <span class="of">{target}:</span>} {formatStatus(target, status)}
      {status !== 'unknown' && <b>{formatPercent(confidence)}</b>}
    </span>
  );
}
