import { Counter, Gauge, type Registry } from 'prom-client';
import {
  FRAME_REJECT_REASONS,
  type LedgerSnapshot,
  MESSAGE_REJECT_REASONS,
  RESULT_LOSSES,
  SAMPLE_FATES,
} from '../domain/ledger.js';
import { SKIP_REASONS } from '../domain/window.js';

type ReadLedger = () => LedgerSnapshot;

/** The ledger's counts as metrics, read when Prometheus asks. */
export function registerLedger(registry: Registry, ledger: ReadLedger): void {
  registerMessageCounters(registry, ledger);
  registerSampleCounters(registry, ledger);
  registerWindowCounters(registry, ledger);
  registerFrameCounters(registry, ledger);
}

function registerMessageCounters(registry: Registry, ledger: ReadLedger): void {
  const registers = [registry];
  new Counter({
    name: 'alongside_messages_received_total',
    help: 'Messages received from all sources',
    registers,
    collect() {
      replace(this, ledger().messages.received);
    },
  });
  new Counter({
    name: 'alongside_messages_accepted_total',
    help: 'Messages that were decoded',
    registers,
    collect() {
      replace(this, ledger().messages.accepted);
    },
  });
  new Counter({
    name: 'alongside_messages_rejected_total',
    help: 'Messages refused, by reason',
    labelNames: ['reason'],
    registers,
    collect() {
      const { rejected } = ledger().messages;
      for (const reason of MESSAGE_REJECT_REASONS) replace(this, rejected[reason] ?? 0, { reason });
    },
  });
}

function registerSampleCounters(registry: Registry, ledger: ReadLedger): void {
  new Counter({
    name: 'alongside_samples_total',
    help: 'Samples of accepted messages, by what became of them',
    labelNames: ['fate'],
    registers: [registry],
    collect() {
      const { samples } = ledger();
      for (const fate of SAMPLE_FATES) replace(this, samples[fate], { fate });
    },
  });
}

function registerWindowCounters(registry: Registry, ledger: ReadLedger): void {
  const registers = [registry];
  new Counter({
    name: 'alongside_windows_due_total',
    help: 'Windows that became due',
    registers,
    collect() {
      replace(this, ledger().windows.due);
    },
  });
  new Counter({
    name: 'alongside_windows_stored_total',
    help: 'Windows whose result is stored',
    registers,
    collect() {
      replace(this, ledger().windows.stored);
    },
  });
  new Counter({
    name: 'alongside_windows_skipped_total',
    help: 'Windows that were due but have no stored result, by reason',
    labelNames: ['reason'],
    registers,
    collect() {
      const { skipped } = ledger().windows;
      for (const reason of [...SKIP_REASONS, ...RESULT_LOSSES]) {
        replace(this, skipped[reason] ?? 0, { reason });
      }
    },
  });
  new Gauge({
    name: 'alongside_windows_pending',
    help: 'Windows that are due and on their way to the store',
    registers,
    collect() {
      this.set(ledger().windows.pending);
    },
  });
}

function registerFrameCounters(registry: Registry, ledger: ReadLedger): void {
  const registers = [registry];
  new Counter({
    name: 'alongside_frames_received_total',
    help: 'Pictures of devices',
    registers,
    collect() {
      replace(this, ledger().frames.received);
    },
  });
  new Counter({
    name: 'alongside_frames_classified_total',
    help: 'Pictures of devices that got labels',
    registers,
    collect() {
      replace(this, ledger().frames.classified);
    },
  });
  new Counter({
    name: 'alongside_frames_rejected_total',
    help: 'Pictures of devices that got no labels, by reason',
    labelNames: ['reason'],
    registers,
    collect() {
      const { rejected } = ledger().frames;
      for (const reason of FRAME_REJECT_REASONS) replace(this, rejected[reason] ?? 0, { reason });
    },
  });
}

/** Sets one series of a counter to a count kept elsewhere; prom-client's counters can only be raised. */
function replace<L extends string>(
  counter: Counter<L>,
  count: number,
  labels?: Partial<Record<L, string>>,
): void {
  if (labels === undefined) {
    counter.reset();
    counter.inc(count);
    return;
  }
  counter.remove(labels);
  counter.inc(labels, count);
}
