// What a second of a phone comes to in the log of a cluster, in bytes and in processor time at the door (writing) and at the owner of
// its partition (reading, up to samples): as the app sends it, and in other forms.
//   npm run bench -- log-payload [--messages 200] [--rounds 5] [--json]
import { parseArgs } from 'node:util';
import { isCborMap } from '../../build/ingest/decode/cbor.js';
import { createPhones } from '../../build/recordings/simulation/create-phones.js';
import { PHONE_APPS } from '../../build/recordings/simulation/phone-formats.js';
import { PAYLOAD_FORMS } from './lib/payload-forms.mjs';

const { values: flags } = parseArgs({
  options: {
    messages: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const [messages, rounds] = [Number(flags.messages), Number(flags.rounds)];

/** What apps send: three sensors at 50 Hz, a message a second. */
const APPS = [
  ['Sensor Logger', { format: 'sensor-logger' }],
  ['phone page', { format: 'device-motion' }],
  ['phyphox', { format: 'phyphox' }],
  ['own format', { format: 'alongside' }],
  ['own format as CBOR', { format: 'alongside-cbor' }],
];

function messagesOf(options) {
  const startMs = Date.parse('2026-01-01T12:00:00Z');
  const [phone] = createPhones({ phones: 1, seed: 1, startMs, ...options });
  return Array.from({ length: messages }, (_, period) => {
    const [{ topic, payload }] = phone.sentIn(period).publishes;
    return {
      format: PHONE_APPS[options.format].decodedAs,
      topic,
      device: phone.device,
      payload: Buffer.from(payload),
      receivedAtMs: phone.dueMs(period),
    };
  });
}

/** Least of the rounds: what else the machine does can only add. Milliseconds a message. */
function cpuMsEach(act) {
  const times = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / messages;
  });
  return Math.min(...times);
}

function figuresOf(app, raws, [form, { write, read }]) {
  const written = raws.map((raw) => write(raw));
  const bytes = written.reduce((sum, { length }) => sum + length, 0) / messages;
  const writeMs = cpuMsEach(() => raws.forEach((raw) => void write(raw)));
  const readMs =
    read === undefined
      ? undefined
      : cpuMsEach(() => written.forEach((each, number) => void read(each, raws[number])));
  return { app, form, bytes: Math.round(bytes), writeMs, readMs };
}

const results = APPS.flatMap(([app, options]) => {
  const raws = messagesOf(options);
  // What is CBOR already is not made CBOR of JSON.
  const forms = Object.entries(PAYLOAD_FORMS).filter(
    ([form]) => form !== 'CBOR' || !isCborMap(raws[0].payload),
  );
  const figures = forms.map((form) => figuresOf(app, raws, form));
  return figures.map((each) => ({ ...each, factor: figures[0].bytes / each.bytes }));
});
if (flags.json) console.log(JSON.stringify({ messages, rounds, results }));
else {
  console.log('| app | form | bytes a message | factor | writing, ms of CPU | reading, ms of CPU |');
  console.log('|---|---|---|---|---|---|');
  for (const { app, form, bytes, factor, writeMs, readMs } of results) {
    const [writing, reading] = [writeMs, readMs].map((ms) => ms?.toFixed(3) ?? '–');
    console.log(`| ${app} | ${form} | ${bytes} | ${factor.toFixed(1)} | ${writing} | ${reading} |`);
  }
}
