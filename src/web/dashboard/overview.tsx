import { useComputed, useSignal } from '@preact/signals';
import { AddPhone } from './add-phone.js';
import { TogetherNow } from './company-band.js';
import { useDashboard } from './dashboard.js';
import { DeviceRow } from './device-row.js';
import { arrange } from './devices.js';
import { Legend } from './legend.js';
import { RangePicker } from './range-picker.js';

/** Every device with its statuses now and its timelines. */
export function Overview() {
  const { devices, complete, targets, told } = useDashboard();
  const filter = useSignal('');
  const shown = useComputed(() => arrange(devices.value, filter.value));
  const online = devices.value.filter((device) => device.online).length;
  return (
    <>
      <div class="row between">
        <h1>
          Devices{' '}
          <small class="soft">
            {devices.value.length}, {online} online
          </small>
        </h1>
        <AddPhone />
      </div>
      <div class="row between">
        <RangePicker />
        <label>
          <span class="hidden">Filter by name</span>
          <input
            type="search"
            placeholder="Filter by name"
            value={filter.value}
            onInput={({ currentTarget }) => {
              filter.value = currentTarget.value;
            }}
          />
        </label>
      </div>
      {complete.value === false && (
        <p class="problem" role="alert">
          The store does not answer: devices that have not been seen since the gateway started are missing.
        </p>
      )}
      <TogetherNow />
      <Legend targets={targets.value} classes={told.value.classes} />
      <ul class="devices">
        {shown.value.map((device) => (
          <DeviceRow key={device.id} device={device} />
        ))}
      </ul>
      {shown.value.length === 0 && <Nothing />}
    </>
  );
}

/** Why the list is empty; without a word where that is not known, or said above. */
function Nothing() {
  const { devices, complete, mayAdminister, problem } = useDashboard();
  if (devices.value.length > 0) return <p class="card soft">No device has such a name.</p>;
  if (complete.value !== true || problem.value !== undefined) return null;
  const how =
    mayAdminister.value === false
      ? 'A token with the scope admin adds phones here; Sensor Logger can be pointed at this gateway, too.'
      : 'Add a phone, or point Sensor Logger at this gateway.';
  return <p class="card soft">No device has sent anything yet. {how}</p>;
}
