import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { components } from '../client/api-types.js';
import { answerOf, wordsOf } from '../client/client.js';
import { QrCode } from '../components/qr-code.js';
import { formatDuration } from '../core/format.js';
import { useDashboard } from './dashboard.js';
import { hintAbout, ID_WORDS, linksOf, suggestId } from './join-links.js';
import { keepLoaded } from './keep-loaded.js';

type Invitation = components['schemas']['Invitation'];

/** How soon the page notices that the phone has joined. */
const LOOK_MS = 2000;

/** Opens the way for a new phone: a name, then a code to scan. */
export function AddPhone() {
  const { mayAdminister } = useDashboard();
  const dialog = useRef<HTMLDialogElement>(null);
  const invitation = useSignal<Invitation | undefined>(undefined);
  const close = (): void => {
    invitation.value = undefined;
    dialog.current?.close();
  };
  if (mayAdminister.value !== true) return null;
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
  const id = suggestId(name.value);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const body = { device: id, replace: replace.value };
    try {
      onInvited(await answerOf(session.client.value.POST('/v1/join-tokens', { body })));
    } catch (error) {
      problem.value = wordsOf(error);
    }
  };
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      <label class="stack tight">
        Name of the phone
        <input
          value={name.value}
          autocomplete="off"
          onInput={({ currentTarget }) => {
            name.value = currentTarget.value;
          }}
        />
      </label>
      <p class="soft" data-part="id">
        {id === '' || id === name.value.trim() ? (
          `Allowed: ${ID_WORDS}.`
        ) : (
          <>
            It will be listed as <b>{id}</b>. Allowed: {ID_WORDS}.
          </>
        )}
      </p>
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
      <button type="submit" class="primary" disabled={id === ''}>
        Make a link
      </button>
    </form>
  );
}

function Invited({ invitation }: { readonly invitation: Invitation }) {
  const { nowMs } = useDashboard();
  const hasJoined = useJoined(invitation.device);
  const links = linksOf(invitation, location.origin);
  const chosen = useSignal(links[0] ?? '');
  const hint = hintAbout(chosen.value);
  const leftMs = invitation.expiresAtMs - nowMs.value;
  if (hasJoined.value) {
    return (
      <p class="good" role="status">
        <b>{invitation.device}</b> has joined. It streams as soon as somebody taps Start there.
      </p>
    );
  }
  if (leftMs <= 0) return <p class="problem">This link has expired. Close this and make another.</p>;
  return (
    <>
      <p class="tight">
        Scan this with the camera of <b>{invitation.device}</b>, or open the link there. It lets one phone in,
        once, within {formatDuration(leftMs)}.
      </p>
      {hint !== undefined && <p class="problem">{hint}</p>}
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
    </>
  );
}

/** Whether a phone has used the newest invitation of the device. */
function useJoined(device: string): Signal<boolean> {
  const { session } = useDashboard();
  const hasJoined = useSignal(false);
  const problem = useSignal<string | undefined>(undefined);
  useEffect(() => {
    const look = async (signal: AbortSignal): Promise<void> => {
      const params = { path: { id: device } };
      const call = session.client.value.GET('/v1/join-tokens/{id}', { params, signal });
      hasJoined.value = (await answerOf(call)).state === 'joined';
    };
    return keepLoaded(look, { session, problem, everyMs: LOOK_MS });
  }, [device]);
  return hasJoined;
}
