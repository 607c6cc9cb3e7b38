import { useSignal } from '@preact/signals';
import { usePhone } from './phone.js';

const INTERVALS_SECONDS = [5, 10, 30, 60] as const;

/** Sends a picture now and then, if somebody wants that. */
export function CameraCard() {
  const phone = usePhone();
  const seconds = useSignal<number>(10);
  const state = phone.camera.value;
  const isOn = state === 'on';
  return (
    <section class="card stack" aria-labelledby="camera">
      <h2 id="camera">Camera</h2>
      <label class="check">
        <input
          type="checkbox"
          role="switch"
          aria-checked={isOn}
          checked={isOn}
          disabled={!phone.isStreaming.value}
          onChange={({ currentTarget }) =>
            void phone.setCamera(currentTarget.checked ? seconds.value : undefined)
          }
        />
        <span>Send a picture every</span>
        <select
          aria-label="Seconds between pictures"
          value={seconds.value}
          onChange={({ currentTarget }) => {
            seconds.value = Number(currentTarget.value);
            if (isOn) void phone.setCamera(seconds.value);
          }}
        >
          {INTERVALS_SECONDS.map((choice) => (
            <option key={choice} value={choice}>
              {choice} s
            </option>
          ))}
        </select>
      </label>
      <p class="soft">
        {isOn
          ? `${phone.pictures.value} sent. The gateway looks at the clothes on it.`
          : 'Off. Pictures are sent only while this is on, and not kept on the phone.'}
      </p>
      {state !== 'on' && state !== 'off' && (
        <p class="problem" role="alert">
          {state}
        </p>
      )}
    </section>
  );
}
