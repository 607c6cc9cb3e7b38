import { PlacementCard } from '../components/placement-card.js';
import { SimulatedBanner, StatusChip, UnknownReason } from '../components/status-chip.js';
import { formatCount } from '../core/format.js';
import { CameraCard } from './camera-card.js';
import { LABELS } from './labels.js';
import { usePhone } from './phone.js';
import { SensorList } from './sensor-list.js';

const LINK_WORDS = {
  off: 'not connected',
  connecting: 'connecting …',
  connected: 'connected',
  lost: 'no connection; samples are kept and sent later',
  refused: 'the gateway does not let this phone in any more',
} as const;

/** Streams, and shows what arrives and what the gateway makes of it. */
export function StreamPage() {
  const phone = usePhone();
  const { isStreaming, link, rateHz, unsent, lost, isAwake, problem } = phone;
  return (
    <>
      <section class="card stack">
        <div class="row between">
          <span class={`link ${link.value}`} role="status">
            {LINK_WORDS[link.value]}
          </span>
        </div>
        {link.value === 'refused' && (
          <p class="problem" role="alert">
            Its access was withdrawn, or another phone joined under its name. Ask for a new link, or leave the
            gateway below.
          </p>
        )}
        {problem.value !== undefined && (
          <p class="problem" role="alert">
            {problem.value}
          </p>
        )}
        <button
          type="button"
          class={isStreaming.value ? 'big' : 'primary big'}
          onClick={() => (isStreaming.value ? phone.stop() : void phone.start())}
        >
          {isStreaming.value ? 'Stop' : 'Start streaming'}
        </button>
        <dl class="figures">
          <dt>Samples a second</dt>
          <dd data-figure="rate">{Math.round(rateHz.value)}</dd>
          <dt>Messages not sent yet</dt>
          <dd data-figure="unsent">{formatCount(unsent.value)}</dd>
          {lost.value > 0 && (
            <>
              <dt>Messages lost</dt>
              <dd data-figure="lost">{formatCount(lost.value)}</dd>
            </>
          )}
        </dl>
        <SensorList />
        {isStreaming.value && !isAwake.value && (
          <p class="soft">This browser does not keep the screen on. Phones stop sensors when it goes dark.</p>
        )}
      </section>
      <StatusCard />
      <WornCard />
      <CompanyCard />
      <LabelCard />
      <CameraCard />
      <LeaveCard />
    </>
  );
}

function StatusCard() {
  const { status } = usePhone();
  const known = Object.entries(status.value?.statuses ?? {});
  return (
    <section class="card stack" aria-labelledby="now">
      <h2 id="now">What the gateway says</h2>
      <div class="row" aria-live="polite" data-part="status">
        {known.length === 0 && <span class="soft">Nothing yet; it takes some seconds of streaming.</span>}
        {known.map(([target, { status: said, confidence }], place) => (
          <StatusChip key={target} {...{ target, place, confidence }} status={said} />
        ))}
      </div>
      {known.map(([target, { reason }]) =>
        reason === undefined ? null : (
          <p key={target} class="tight">
            {target}: <UnknownReason reason={reason} />
          </p>
        ),
      )}
      <SimulatedBanner models={known.some(([, { simulated }]) => simulated === true) ? ['the model'] : []} />
    </section>
  );
}

function WornCard() {
  const phone = usePhone();
  const { placement, placementProblem } = phone;
  if (placement.value === undefined) return null;
  return (
    <PlacementCard
      placement={placement.value}
      problem={placementProblem.value}
      onSay={(stated) => void phone.sayPlacement(stated)}
    />
  );
}

/** Asks in plain words, where the gateway looks for company. */
function CompanyCard() {
  const phone = usePhone();
  const { takesPart } = phone;
  if (takesPart.value === undefined) return null;
  return (
    <section class="card stack" aria-labelledby="company">
      <h2 id="company">Who is with you?</h2>
      <p class="soft">
        The gateway can find out <b>with whom you are</b>: it compares how this phone moves with how the
        phones of others move who agreed to it, too. It keeps when you were together with whom, by the names
        of your phones. The people who run the gateway see that, and you see your own. No place and no sound
        is recorded.
      </p>
      <p class="soft" data-part="choice">
        {CHOICE_WORDS[String(takesPart.value)]}
      </p>
      <div class="labels">
        {([true, false] as const).map((choice) => (
          <button
            key={String(choice)}
            type="button"
            class="big"
            data-choice={choice ? 'yes' : 'no'}
            aria-pressed={takesPart.value === choice}
            onClick={() => void phone.chooseCompany(choice)}
          >
            {choice ? 'I agree' : 'I do not want that'}
          </button>
        ))}
      </div>
    </section>
  );
}

const CHOICE_WORDS: Readonly<Record<string, string>> = {
  null: 'You were not asked yet, so this phone takes no part.',
  true: 'This phone takes part. You can change your mind at any time; what was kept until then stays until the people who run the gateway delete it.',
  false: 'This phone takes no part.',
};

function LabelCard() {
  const phone = usePhone();
  if (phone.isRecorded.value === false) return <NotRecorded />;
  return (
    <section class="card stack" aria-labelledby="labels">
      <h2 id="labels">What is true?</h2>
      <p class="soft">
        For recordings that models learn from: say what holds from now on. It counts until you say something
        else.
      </p>
      {phone.isRecorded.value === undefined && (
        <p class="soft">Whether the gateway records this phone is not known while it does not answer.</p>
      )}
      <div class="labels">
        {LABELS.map(({ name, words }) => (
          <button
            key={name}
            type="button"
            class="big"
            data-label={name}
            aria-pressed={phone.label.value === name}
            onClick={() => void phone.say(name)}
          >
            {words}
          </button>
        ))}
      </div>
    </section>
  );
}

/** In place of the buttons, since what they say would be lost. */
function NotRecorded() {
  const { account } = usePhone();
  return (
    <section class="card stack" aria-labelledby="labels">
      <h2 id="labels">What is true?</h2>
      <p class="soft" data-part="not-recorded">
        The gateway does not record this phone, so it would not keep what you say here. The person who runs it
        can switch that on: <code>devices.{account.value?.device}.recording=on</code>
      </p>
    </section>
  );
}

function LeaveCard() {
  const phone = usePhone();
  const leave = (): void => {
    if (confirm('Leave this gateway? Messages that were not sent are deleted.')) void phone.leave();
  };
  return (
    <button type="button" onClick={leave}>
      Leave this gateway
    </button>
  );
}
