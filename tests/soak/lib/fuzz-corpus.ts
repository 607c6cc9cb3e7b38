import sharp from 'sharp';
import { MESSAGE_FORMATS, type MessageFormat } from '../../../src/domain/message.js';
import { createPhones } from '../../../src/recordings/simulation/create-phones.js';
import { PHONE_APPS, PHONE_FORMATS } from '../../../src/recordings/simulation/phone-formats.js';

/** A payload that is as it should be. */
export interface GoodPayload {
  readonly format: MessageFormat;
  readonly payload: Buffer;
}

const PERIODS = 3;
const RATE_HZ = 10;

/** What apps and people send, short: each format in several shapes. */
export async function goodPayloads(startMs: number): Promise<GoodPayload[]> {
  const payloads: GoodPayload[] = [];
  const add = (format: MessageFormat, payload: string | Buffer): void =>
    void payloads.push({ format, payload: Buffer.from(payload) });
  for (const format of PHONE_FORMATS) {
    const [phone] = createPhones({
      format,
      seed: 1,
      startMs,
      phones: 1,
      rateHz: RATE_HZ,
      namePrefix: 'fuzz-',
    });
    for (let period = 0; period < PERIODS; period++) {
      for (const { payload } of phone?.sentIn(period).publishes.slice(0, PERIODS) ?? [])
        add(PHONE_APPS[format].decodedAs, payload);
    }
  }
  for (const text of sensorLoggerVariants(startMs)) add('sensor-logger', text);
  for (const text of labels(startMs)) add('labels', text);
  const picture = sharp({ create: { width: 16, height: 16, channels: 3, background: 'red' } });
  add('frame', await picture.jpeg().toBuffer());
  add('frame', await picture.png().toBuffer());
  add('frame', await picture.webp().toBuffer());
  const missing = MESSAGE_FORMATS.filter((format) => !payloads.some((each) => each.format === format));
  if (missing.length > 0) throw new Error(`the corpus has no ${missing.join(', ')}`);
  return payloads;
}

/** As exported, with numbers as texts; with a camera entry; the app's "Tap to Test". */
function sensorLoggerVariants(startMs: number): string[] {
  const time = String(startMs * 1e6);
  const envelope = { messageId: 1, sessionId: 's', deviceId: 'fuzz-phone' };
  const values = { x: 1, y: 2, z: 3 };
  return [
    JSON.stringify({
      ...envelope,
      payload: [{ sensor: 'accelerometer', time, seconds_elapsed: '0.1', ...values }],
    }),
    JSON.stringify({
      ...envelope,
      payload: [{ name: 'camera', time, values: { image: '/9j/4AAQ', imageFormat: 'jpg' } }],
    }),
    JSON.stringify({
      ...envelope,
      payload: [
        { name: 'gyroscope', time, accuracy: 3, values },
        { name: 'battery', time, values: {} },
      ],
    }),
    JSON.stringify({ ...envelope, payload: [{ name: 'test', time, values: {} }] }),
  ];
}

function labels(startMs: number): string[] {
  return [
    JSON.stringify({
      fromMs: startMs,
      toMs: startMs + 1000,
      activity: 'walking',
      accompanied: true,
      conversation: null,
    }),
    JSON.stringify({ atMs: startMs, conversation: false }),
  ];
}
