import type { components } from '../client/api-types.js';
import type { Device } from '../client/client.js';
import type { LiveMessage } from '../client/live-events.js';

type Model = components['schemas']['Models']['models'][number];

/** What a live event changes in the list of devices; a device not listed yet comes with the next loading. */
export function applyToDevices(devices: readonly Device[], message: LiveMessage): readonly Device[] {
  switch (message.type) {
    case 'device': {
      const { id, online, atMs } = message.data;
      return change(devices, id, (device) => ({
        ...device,
        online,
        lastSeenMs: online ? atMs : device.lastSeenMs,
      }));
    }
    case 'status': {
      const { device: id, target, status, confidence, sinceMs, simulated, placement } = message.data;
      const caveats = { ...(simulated && { simulated }), ...(placement && { placement }) };
      return change(devices, id, (device) => ({
        ...device,
        statuses: [
          ...device.statuses.filter((known) => known.target !== target),
          { target, status, confidence, sinceMs, ...caveats },
        ],
      }));
    }
    default:
      return devices;
  }
}

/** Status targets of models and devices: the project's own first, others by name. */
export function targetsOf(models: readonly Model[], devices: readonly Device[]): string[] {
  const ofModels = models.flatMap((model) => (model.kind === 'sequence' ? model.targets : []));
  const names = new Set([
    ...ofModels.map(({ name }) => name),
    ...devices.flatMap(({ statuses }) => statuses.map(({ target }) => target)),
  ]);
  const known = ['accompanied', 'conversation'].filter((name) => names.has(name));
  return [...known, ...[...names].filter((name) => !known.includes(name)).sort()];
}

/** What is known of what models tell. */
export interface Told {
  /** Of targets with more than two classes: their names. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
  /** Models that were made on simulated people. */
  readonly simulated: readonly string[];
}

export function toldOf(models: readonly Model[], simulated: readonly string[]): Told {
  const targets = models.flatMap((model) => (model.kind === 'sequence' ? model.targets : []));
  const several = targets.filter(({ classes }) => classes.length > 2);
  return { classes: Object.fromEntries(several.map(({ name, classes }) => [name, classes])), simulated };
}

/** Devices whose name holds a text, those that are there first. */
export function arrange(devices: readonly Device[], filter: string): Device[] {
  const wanted = filter.trim().toLowerCase();
  const found = devices.filter(({ id }) => id.toLowerCase().includes(wanted));
  return [...found.filter(({ online }) => online), ...found.filter(({ online }) => !online)];
}

function change(devices: readonly Device[], id: string, to: (device: Device) => Device): readonly Device[] {
  return devices.map((device) => (device.id === id ? to(device) : device));
}
