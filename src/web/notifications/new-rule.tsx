import { useSignal } from '@preact/signals';
import { answerOf, wordsOf } from '../client/client.js';
import { useDashboard } from '../dashboard/dashboard.js';

/** Rules that people ask for; others are made by the API or in the configuration. */
const KINDS = [
  {
    kind: 'alone',
    words: 'nobody is with them for',
    when: { type: 'status', target: 'accompanied', is: 'no' },
  },
  {
    kind: 'talking',
    words: 'a conversation lasts',
    when: { type: 'status', target: 'conversation', is: 'yes' },
  },
  { kind: 'silent', words: 'nothing is heard of a device for', when: { type: 'silent' } },
] as const;

type Kind = (typeof KINDS)[number]['kind'];

/** Makes a rule. */
export function NewRule({ onMade }: { readonly onMade: () => void }) {
  const { session } = useDashboard();
  const name = useSignal('');
  const kind = useSignal<Kind>('alone');
  const minutes = useSignal(240);
  const from = useSignal('08:00');
  const to = useSignal('20:00');
  const problem = useSignal<string | undefined>(undefined);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const when = KINDS.find((known) => known.kind === kind.value)?.when ?? KINDS[0].when;
    const body = {
      name: name.value.trim(),
      when: { ...when, forMinutes: minutes.value },
      between: { from: from.value, to: to.value },
    };
    try {
      await answerOf(session.client.value.POST('/v1/alert-rules', { body }));
      problem.value = undefined;
      name.value = '';
      onMade();
    } catch (error) {
      problem.value = wordsOf(error);
    }
  };
  return (
    <form class="stack tight" onSubmit={(event) => void submit(event)} noValidate>
      <h3>New rule</h3>
      <div class="row">
        <label>
          Name{' '}
          <input
            value={name.value}
            placeholder="long-alone"
            onInput={({ currentTarget }) => {
              name.value = currentTarget.value;
            }}
          />
        </label>
        <label>
          when{' '}
          <select
            value={kind.value}
            onChange={({ currentTarget }) => {
              kind.value = KINDS.find((known) => known.kind === currentTarget.value)?.kind ?? 'alone';
            }}
          >
            {KINDS.map((choice) => (
              <option key={choice.kind} value={choice.kind}>
                {choice.words}
              </option>
            ))}
          </select>
        </label>
        <label>
          minutes{' '}
          <input
            type="number"
            min="0"
            value={minutes.value}
            onInput={({ currentTarget }) => {
              minutes.value = Number(currentTarget.value);
            }}
          />
        </label>
        <label>
          between{' '}
          <input
            type="time"
            value={from.value}
            onInput={({ currentTarget }) => {
              from.value = currentTarget.value;
            }}
          />
        </label>
        <label>
          and{' '}
          <input
            type="time"
            value={to.value}
            onInput={({ currentTarget }) => {
              to.value = currentTarget.value;
            }}
          />
        </label>
        <button type="submit" class="primary" disabled={name.value.trim() === ''}>
          Add rule
        </button>
      </div>
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
    </form>
  );
}
