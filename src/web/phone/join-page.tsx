import { useSignal } from '@preact/signals';
import { join } from './account.js';
import { usePhone } from './phone.js';

/** Asks for consent before anything is exchanged, then joins by the token of the link. */
export function JoinPage() {
  const phone = usePhone();
  const token = location.hash.replace(/^#/, '');
  const hasConsent = useSignal(false);
  const isBusy = useSignal(false);
  const problem = useSignal<string | undefined>(undefined);
  if (token === '') return <NoLink />;
  const accept = async (): Promise<void> => {
    isBusy.value = true;
    const outcome = await join(token);
    isBusy.value = false;
    if (typeof outcome === 'string') {
      problem.value = outcome;
      return;
    }
    // The token is used up; it need not stay in the history.
    history.replaceState(undefined, '', '/phone');
    phone.takeAccount(outcome);
  };
  return (
    <section class="card stack">
      <h1>Before you join</h1>
      <p>This phone would send to the gateway that you got the link from, and to nobody else:</p>
      <ul>
        <li>
          how it moves and turns, and the magnetic field around it, many times a second, while this page is
          open;
        </li>
        <li>what you say with the buttons;</li>
        <li>pictures only if you switch the camera on yourself.</li>
      </ul>
      <p>
        The gateway works out from it <b>whether somebody is with you and whether you are talking</b>, and
        keeps a timeline of that. No sound is recorded. You can stop at any time by closing the page; the
        person who runs the gateway can delete what was kept.
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={hasConsent.value}
          onChange={({ currentTarget }) => {
            hasConsent.value = currentTarget.checked;
          }}
        />
        <span>I have read this and agree.</span>
      </label>
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <button
        class="primary big"
        type="button"
        disabled={!hasConsent.value || isBusy.value}
        onClick={() => void accept()}
      >
        Join
      </button>
    </section>
  );
}

function NoLink() {
  return (
    <section class="card stack">
      <h1>Join with a link</h1>
      <p>
        Open the dashboard of the gateway, choose <b>Add a phone</b>, and scan the code it shows with this
        phone's camera, or open the link below it.
      </p>
    </section>
  );
}
