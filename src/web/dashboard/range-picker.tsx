import { type Signal, useSignal } from '@preact/signals';
import { toLocalInput } from '../core/format.js';
import { checkRange, PRESETS, resolveRange } from '../core/range.js';
import { useDashboard } from './dashboard.js';

/** Chooses what time is looked at: until now, or from one moment to another. */
export function RangePicker() {
  const { choice } = useDashboard();
  const isOpen = useSignal(false);
  const chosen = choice.value;
  return (
    <div class="stack tight">
      <fieldset class="row presets">
        <legend class="hidden">Time shown</legend>
        {PRESETS.map(({ label, lengthMs }) => (
          <button
            key={label}
            type="button"
            aria-pressed={chosen.kind === 'last' && chosen.lengthMs === lengthMs}
            onClick={() => {
              choice.value = { kind: 'last', lengthMs };
            }}
          >
            {label}
          </button>
        ))}
        <button
          type="button"
          aria-expanded={isOpen.value}
          aria-pressed={chosen.kind === 'fixed'}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          From … to …
        </button>
      </fieldset>
      {isOpen.value && <FixedRange />}
    </div>
  );
}

function FixedRange() {
  const { choice, nowMs } = useDashboard();
  const initial = resolveRange(choice.peek(), nowMs.peek());
  const from = useSignal(toLocalInput(initial.fromMs));
  const to = useSignal(toLocalInput(initial.toMs));
  const problem = useSignal<string | undefined>(undefined);
  const submit = (event: Event): void => {
    event.preventDefault();
    const checked = checkRange(Date.parse(from.value), Date.parse(to.value));
    if (typeof checked === 'string') {
      problem.value = checked;
      return;
    }
    problem.value = undefined;
    choice.value = { kind: 'fixed', ...checked };
  };
  return (
    <form class="row" onSubmit={submit} noValidate>
      <MomentInput label="From" text={from} />
      <MomentInput label="to" text={to} />
      <button type="submit">Show</button>
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
    </form>
  );
}

function MomentInput({ label, text }: { readonly label: string; readonly text: Signal<string> }) {
  return (
    <label>
      {label}{' '}
      <input
        type="datetime-local"
        step="1"
        value={text.value}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
        }}
      />
    </label>
  );
}
