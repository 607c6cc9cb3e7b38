import type { DeviceId } from '../domain/ids.js';
import type { AlertCondition, AlertRule } from '../notify/alerts/rule-schema.js';

const MINUTES_PER_HOUR = 60;

/** What an alert says: the rule's name and a sentence, such as `alone: accompanied has been "no" for 4 h on anna.` */
export function describeAlert({ name, when }: AlertRule, device: DeviceId): string {
  return `${name}: ${sentence(when, device)}`;
}

function sentence(when: AlertCondition, device: DeviceId): string {
  switch (when.type) {
    case 'status': {
      const statuses = when.is.map((status) => `"${status}"`).join(' or ');
      const { target, forMinutes } = when;
      return forMinutes === 0
        ? `${target} is ${statuses} on ${device}.`
        : `${target} has been ${statuses} for ${duration(forMinutes)} on ${device}.`;
    }
    case 'silent':
      return `${device} has sent nothing for ${duration(when.forMinutes)}.`;
    case 'label':
      return `the camera of ${device} saw "${when.label}".`;
  }
}

function duration(minutes: number): string {
  if (minutes < MINUTES_PER_HOUR || minutes % 1 !== 0) return `${minutes} min`;
  const rest = minutes % MINUTES_PER_HOUR;
  const hours = `${Math.floor(minutes / MINUTES_PER_HOUR)} h`;
  return rest === 0 ? hours : `${hours} ${rest} min`;
}
