import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { components } from '../../client/api-types.js';
import { AlongsideProblem, answerOf } from '../../client/client.js';
import { QrCode } from '../components/qr-code.js';
import { formatDuration } from '../core/format.js';
import { useDashboard } from './dashboard.js';
import { hintAbout, linksOf } from './join-links.js';

type Invitation = components['schemas']['Invitation'];

/** Opens the way for a new phone: a name, then a code to scan. */
export function AddPhone() {
  const dialog = useRef<HTMLDialogElement>(null);
  const invitation = useSignal<Invitation | undefined>(undefined);
  const close = (): void => {
    invitation.value = undefined;
    dialog.current?.close();
  };
  return (
    <>
      <button type="button" class="primary" onClick={() => dialog.current?.showModal()}>
        Add a phone
      </button>
      <dialog ref={dialog} aria-labelledby="add-phone">
        <div class="stack">
          <h2 id="add-phone">Add a phone</h2>
          {invitation.value === undefined ? (
            <InviteForm
              onInvited={(made) => {
                invitation.value = made;
              }}
            />
          ) : (
            <Invited invitation={invitation.value} />
          )}
          <button type="button" onClick={close}>
            Close
          </button>
        </div>
      </dialog>
    </>
  );
}

function InviteForm({ onInvited }: { readonly onInvited: (invitation: Invitation) => void }) {
  const { session } = useDashboard();
  const name = useSignal('');
  const replace = useSignal(false);
  const problem = useSignal<string | undefined>(undefined);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const body = { device: name.value.trim(), replace: replace.value };
    try {
      onInvited(await answerOf(session.client.value.POST('/v1/join-tokens', { body })));
    } catch (error) {
      problem.value = wordsOf(error);
    }
  };
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      <label class="stack tight">
        Name of the phone, as it will be listed
        <input
          value={name.value}
          autocomplete="off"
          onInput={({ currentTarget }) => {
            name.value = currentTarget.value;
          }}
        />
      </label>
      <label>
        <input
          type="checkbox"
          checked={replace.value}
          onChange={({ currentTarget }) => {
            replace.value = currentTarget.checked;
          }}
        />{' '}
        It takes the place of another phone of that name
      </label>
      {problem.value !== undefined && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <button type="submit" class="primary" disabled={name.value.trim() === ''}>
        Make a link
      </button>
    </form>
  );
}

function wordsOf(error: unknown): string {
  if (!(error instanceof AlongsideProblem)) return 'The gateway cannot be reached.';
  if (error.status === 401 || error.status === 403) {
    return 'Letting phones in needs a token with the scope admin: alongside tokens create --name me --scope admin';
  }
  return error.message;
}

function Invited({ invitation }: { readonly invitation: Invitation }) {
  const { nowMs } = useDashboard();
  const links = linksOf(invitation, location.origin);
  const chosen = useSignal(links[0] ?? '');
  const hint = hintAbout(chosen.value);
  const leftMs = invitation.expiresAtMs - nowMs.value;
  if (leftMs <= 0) return <p class="problem">This link has expired. Close this and make another.</p>;
  return (
    <>
      <p class="tight">
        Scan this with the camera of <b>{invitation.device}</b>, or open the link there. It lets one phone in,
        once, within {formatDuration(leftMs)}.
      </p>
      <QrCode text={chosen.value} />
      {links.length > 1 && (
        <label class="stack tight">
          Address of the gateway in the phone's network
          <select
            value={chosen.value}
            onChange={({ currentTarget }) => {
              chosen.value = currentTarget.value;
            }}
          >
            {links.map((link) => (
              <option key={link} value={link}>
                {new URL(link).origin}
              </option>
            ))}
          </select>
        </label>
      )}
      <a class="join-link" href={chosen.value} target="_blank" rel="noreferrer">
        {chosen.value}
      </a>
      {hint !== undefined && <p class="problem">{hint}</p>}
    </>
  );
}
