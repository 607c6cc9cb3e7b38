import type { MessageRejectReason } from '../domain/ledger.js';
import type { SampleUse, UnusedFate } from './dependencies.js';

export const WRONG_CONTENT_TEXT =
  "This address takes the HTTP push of Sensor Logger: JSON with content type application/json. Check the app's Push URL.";

const TEXTS: Readonly<Record<MessageRejectReason, string>> = {
  'not-json': "The message is not JSON. Check that the app's Push URL belongs to Sensor Logger's HTTP push.",
  'wrong-shape':
    'The message is not one of Sensor Logger: it needs deviceId, sessionId, messageId and payload.',
  'wrong-topic': 'The gateway does not take messages at this address.',
  retained: 'The broker had kept this from earlier. Switch "retain" off in the app.',
  'bad-device': "The phone's device name cannot be used. Give it another one in the app.",
  'unknown-format': 'The gateway does not know this message format.',
  'too-large': 'The message is too large. Shorten the batch period in the app.',
  'too-fast': 'This phone sends more than the gateway takes. Lower the sampling frequency in the app.',
  'too-many-devices': 'The gateway has as many devices as it takes. Ask the person who runs it.',
  internal: 'The gateway has a fault that this message brings out. Show its log to the people who make it.',
};

const UNUSED_TEXTS: Readonly<Record<UnusedFate, string>> = {
  past: "are dated too long ago: times must be epoch nanoseconds. Set the phone's clock",
  future: "are dated in the future: times must be epoch nanoseconds. Set the phone's clock",
  late: "come later than others of this device that are done with. Set the phone's clock, or shorten the batch period",
  duplicate: 'came before',
  invalid: 'lack a time or an axis, or are no numbers',
  'too-fast': 'are more than the gateway takes. Lower the sampling frequency in the app',
  overflow: 'are more at once than the gateway holds. Shorten the batch period in the app',
};

const MAX_LISTED_SENSORS = 5;
const MAX_NAME_CHARACTERS = 40;

/** Words for a person with a phone in the hand, about a message that was refused. */
export function textForRejection(reason: MessageRejectReason, detail: string): string {
  return detail === '' ? TEXTS[reason] : `${TEXTS[reason]} (${detail})`;
}

/** Words about a message of which no sample can be used, by what most of them lack. */
export function textForUnused({ unused }: SampleUse): string {
  const total = Object.values(unused).reduce((sum, count) => sum + count, 0);
  const reasons = Object.entries(UNUSED_TEXTS)
    .map(([fate, text]) => ({ text, count: unused[fate as UnusedFate] ?? 0 }))
    .sort((a, b) => b.count - a.count);
  return `None of ${total} samples can be used: ${reasons[0]?.count} ${reasons[0]?.text}.`;
}

/** Words about a phone that sends, but nothing the gateway can use. */
export function textForNoSensors(ignoredSensors: readonly string[]): string {
  const names = [...new Set(ignoredSensors)].map((name) => name.slice(0, MAX_NAME_CHARACTERS));
  const more = names.length > MAX_LISTED_SENSORS ? ' and others' : '';
  const sent = `${names.slice(0, MAX_LISTED_SENSORS).join(', ')}${more}`;
  return `The gateway gets ${sent}, which it does not use. Enable Accelerometer, Gyroscope and Magnetometer in the app.`;
}
