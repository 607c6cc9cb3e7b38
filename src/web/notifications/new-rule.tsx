import { useSignal } from '@preact/signals';
import { answerOf, wordsOf } from '../client/client.js';
import { useDashboard } from '../dashboard/dashboard.js';
import { ruleKinds } from './describe-rule.js';

/** Makes a rule. */
export function NewRule({ onMade }: { readonly onMade: () => void }) {
  const { session, targets, company } = useDashboard();
  const told = company.value.isSought ? [...targets.value, 'accompanied'] : targets.value;
  const kinds = ruleKinds(told);
  const name = useSignal('');
  const wanted = useSignal('');
  const chosen = kinds.find(({ kind }) => kind === wanted.value) ?? kinds[0];
  const minutes = useSignal(240);
  const from = useSignal('08:00');
  const to = useSignal('20:00');
  const problem = useSignal<string | undefined>(undefined);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const body = {
      name: name.value.trim(),
      when: { ...chosen.when, forMinutes: minutes.value },
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
            value={chosen.kind}
            onChange={({ currentTarget }) => {
              wanted.value = currentTarget.value;
            }}
          >
            {kinds.map(({ kind, words }) => (
              <option key={kind} value={kind}>
                {words}
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
