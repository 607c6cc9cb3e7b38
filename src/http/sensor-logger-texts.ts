import type { MessageRejectReason } from '../domain/ledger.js';

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
  'too-many-devices': 'The gateway has as many devices as it takes. Ask whoever runs it.',
};

const MAX_LISTED_SENSORS = 5;
const MAX_NAME_CHARACTERS = 40;

/** Words for a person with a phone in the hand, about a message that was refused. */
export function textForRejection(reason: MessageRejectReason, detail: string): string {
  return detail === '' ? TEXTS[reason] : `${TEXTS[reason]} (${detail})`;
}

/** Words about a phone that sends, but nothing the gateway can use. */
export function textForNoSensors(ignoredSensors: readonly string[]): string {
  const names = [...new Set(ignoredSensors)].map((name) => name.slice(0, MAX_NAME_CHARACTERS));
  const more = names.length > MAX_LISTED_SENSORS ? ' and others' : '';
  const sent = `${names.slice(0, MAX_LISTED_SENSORS).join(', ')}${more}`;
  return `The gateway gets ${sent}, which it does not use. Enable Accelerometer, Gyroscope and Magnetometer in the app.`;
}
