import type { DeviceId } from '../domain/ids.js';
import type { AlertRule } from './rule-schema.js';

const MINUTES_PER_HOUR = 60;

/** What an alert says, in words: `anna: accompanied is no for 4 h`. */
export function describeAlert({ when }: AlertRule, device: DeviceId): string {
  switch (when.type) {
    case 'status': {
      const since = when.forMinutes === 0 ? '' : ` for ${duration(when.forMinutes)}`;
      return `${device}: ${when.target} is ${when.is.join(' or ')}${since}`;
    }
    case 'silent':
      return `${device}: nothing was heard for ${duration(when.forMinutes)}`;
    case 'label':
      return `${device}: ${when.label} was seen`;
  }
}

function duration(minutes: number): string {
  if (minutes < MINUTES_PER_HOUR || minutes % 1 !== 0) return `${minutes} min`;
  const rest = minutes % MINUTES_PER_HOUR;
  const hours = `${Math.floor(minutes / MINUTES_PER_HOUR)} h`;
  return rest === 0 ? hours : `${hours} ${rest} min`;
}
