import { usePhone } from './phone.js';
import { SENSOR_NAMES } from './sample-columns.js';

const STATE_WORDS = {
  waiting: 'waiting …',
  streaming: 'streaming',
  missing: 'not there',
  refused: 'refused',
} as const;

/** Which sensors stream, and what it means that one does not. */
export function SensorList() {
  const { sensors, account } = usePhone();
  const states = sensors.value;
  const wanted = account.value?.sensors ?? [];
  const refused = SENSOR_NAMES.filter((name) => states[name] === 'refused');
  const missing = SENSOR_NAMES.filter((name) => states[name] === 'missing' && wanted.includes(name));
  if (Object.keys(states).length === 0) return null;
  return (
    <>
      <ul class="sensors">
        {SENSOR_NAMES.map((name) => {
          const state = states[name] ?? 'waiting';
          return (
            <li key={name} data-sensor={name} data-state={state}>
              <span>{name}</span> <span class={`state ${state}`}>{STATE_WORDS[state]}</span>
            </li>
          );
        })}
      </ul>
      {refused.length > 0 && (
        <p class="problem" role="alert">
          This browser refused {refused.join(' and ')}. Allow motion sensors for this site: tap the sign
          beside the address, then Permissions, then Motion sensors.
        </p>
      )}
      {missing.length > 0 && (
        <p class="problem" role="status">
          This browser has no {missing.join(' and no ')}; the rest is streamed. Models that look at it may say
          nothing: an app such as Sensor Logger reads it where the phone has it.
        </p>
      )}
    </>
  );
}
