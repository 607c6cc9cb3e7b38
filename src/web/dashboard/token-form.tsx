import { useSignal } from '@preact/signals';
import { useDashboard } from './dashboard.js';

/** Asks for the token that the gateway wants. */
export function TokenForm() {
  const { session } = useDashboard();
  const text = useSignal('');
  const problem = useSignal<string | undefined>(undefined);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    problem.value = await session.signIn(text.value.trim());
  };
  return (
    <form class="card stack narrow" onSubmit={(event) => void submit(event)}>
      <h1>Who is looking?</h1>
      <p>
        This gateway shows its data to those who have a token. The person who runs it makes one with{' '}
        <code>alongside tokens create --name me --scope read</code> (or <code>admin</code>, to let phones in).
      </p>
      <label class="stack tight">
        Token
        <input
          type="password"
          autocomplete="off"
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
      </label>
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <div class="row">
        <button class="primary" type="submit" disabled={text.value.trim() === ''}>
          Show the dashboard
        </button>
        <span class="soft">It is kept in this browser until you sign out.</span>
      </div>
    </form>
  );
}
