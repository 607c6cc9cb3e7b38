import { type Cell, csvLine, TIMELINE_HEADER, timelineRows, windowHeader } from './csv.js';
import { WRONG_CONTENT_TEXT } from './routes/sensor-logger.js';

/** What an operation of the OpenAPI document is asked and answers. */
export interface OperationExamples {
  readonly body?: unknown;
  /** By status. */
  readonly answers: Readonly<Record<number, unknown>>;
  /** The answer as a table. */
  readonly csv?: string;
}

export const NOON_MS = Date.UTC(2026, 0, 31, 12);
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

const DEVICE = {
  id: 'anna',
  online: true,
  lastSeenMs: NOON_MS - 500,
  statuses: [
    { target: 'accompanied', status: 'yes', confidence: 0.91, sinceMs: NOON_MS - HOUR_MS },
    {
      target: 'conversation',
      status: 'unknown',
      confidence: 0,
      sinceMs: NOON_MS - HOUR_MS,
      reason: {
        code: 'no-model',
        text: 'No model in service tells it; put one that does into models.active',
      },
    },
  ],
  sensors: [{ sensor: 'accelerometer', samples: 180_000, rateHz: 50 }],
  delivery: { messages: 3600, missing: 0, duplicates: 2, reordered: 0 },
  samples: { used: 179_990, late: 10 },
  clock: { kind: 'epoch', offsetMs: 12, driftPpm: 0.4 },
  placement: 'assumed',
  platform: { name: 'android', from: 'detected' },
};

const SPAN = { fromMs: NOON_MS - HOUR_MS, toMs: NOON_MS };
const TIMELINE = {
  device: 'anna',
  target: 'accompanied',
  intervals: [{ ...SPAN, status: 'yes', confidence: 0.91 }],
};
const PROBABILITIES = { accompanied: 0.91, conversation: 0.12 };
const LABEL = { activity: 'walking', accompanied: true, conversation: null };

const MEASUREMENT = { name: 'accelerometer', time: NOON_MS * 1_000_000, values: { x: 0.1, y: 0.2, z: 9.8 } };

/** Examples of the operations on devices, on their recordings, and of what they send. */
export const DEVICE_EXAMPLES: Readonly<Record<string, OperationExamples>> = {
  listDevices: { answers: { 200: { devices: [DEVICE], complete: true } } },
  getDevice: { answers: { 200: DEVICE } },
  getDevicePlacement: { answers: { 200: { device: 'anna', placement: 'assumed' } } },
  changeDevice: {
    body: { placement: 'pocket' },
    answers: { 200: { device: 'anna', placement: 'pocket' } },
  },
  forgetDevice: {
    answers: {
      200: { device: 'anna', removed: true, parts: [{ name: 'results', removed: true, detail: '' }] },
    },
  },
  getTimeline: {
    answers: {
      200: TIMELINE,
    },
    csv: table([TIMELINE_HEADER, ...timelineRows({ ...TIMELINE, statuses: ['yes', 'no', 'unknown'] })]),
  },
  getDays: {
    answers: {
      200: {
        device: 'anna',
        target: 'accompanied',
        timeZone: 'Europe/Berlin',
        days: [{ day: '2026-01-31', fromMs: SPAN.fromMs, yesMs: HOUR_MS, noMs: 0, unknownMs: 0 }],
      },
    },
  },
  getProbabilities: {
    answers: {
      200: {
        device: 'anna',
        sampled: false,
        points: [{ ...SPAN, windows: 2812, coverage: 0.98, probabilities: PROBABILITIES }],
      },
    },
  },
  getCompany: {
    answers: {
      200: { device: 'anna', intervals: [{ ...SPAN, with: 'ben', probability: 0.97 }], complete: true },
    },
    csv:
      'from_utc,to_utc,duration_s,device,with,probability\r\n' +
      '2026-01-31T11:00:00.000Z,2026-01-31T12:00:00.000Z,3600,anna,ben,0.97\r\n',
  },
  listCompany: {
    answers: { 200: { atMs: NOON_MS, enabled: true, groups: [['anna', 'ben']], complete: true } },
  },
  getCompanyChoice: { answers: { 200: { device: 'anna', enabled: true, takesPart: null } } },
  chooseCompany: {
    body: { takesPart: true },
    answers: { 200: { device: 'anna', enabled: true, takesPart: true } },
  },
  listWindows: {
    answers: {
      200: {
        device: 'anna',
        windows: [
          {
            startMs: NOON_MS - 2560,
            endMs: NOON_MS,
            model: 'accompany-v2',
            coverage: 0.98,
            meanDeltaMs: 2.5,
            maxDeltaMs: 9.75,
            probabilities: PROBABILITIES,
          },
        ],
        truncated: false,
      },
    },
    csv: table([
      windowHeader(Object.keys(PROBABILITIES)),
      [
        ...['2026-01-31T11:59:57.440Z', '2026-01-31T12:00:00.000Z', 'anna', 'accompany-v2', 0.98, 2.5, 9.75],
        ...[...Object.values(PROBABILITIES), ''],
      ],
    ]),
  },
  listenToEvents: {
    answers: {
      200: `id: ${NOON_MS}-7\nevent: status\ndata: {"device":"anna","target":"accompanied","status":"yes"}\n\n`,
    },
  },
  listLabels: {
    answers: {
      200: { device: 'anna', labels: [{ recording: 'anna-2026-01-31', ...SPAN, ...LABEL }] },
    },
    csv:
      'from_utc,to_utc,duration_s,device,activity,accompanied,conversation,recording,with\r\n' +
      '2026-01-31T11:00:00.000Z,2026-01-31T12:00:00.000Z,3600,anna,walking,yes,,anna-2026-01-31,\r\n',
  },
  labelRecording: { body: { ...SPAN, ...LABEL }, answers: { 200: { device: 'anna', kept: true } } },
  getDeviceRecording: { answers: { 200: { device: 'anna', recording: true } } },
  listRecordings: {
    answers: {
      200: {
        recordings: [
          {
            id: 'anna-2026-01-31',
            device: 'anna',
            subject: 'anna',
            startMs: SPAN.fromMs,
            endMs: SPAN.toMs,
            sensors: ['accelerometer'],
            labels: 1,
            bytes: 2_880_000,
          },
        ],
        bytes: 2_880_000,
      },
    },
  },
  pushSensorLogger: {
    body: { messageId: 7, sessionId: 'c1f0', deviceId: 'anna', payload: [MEASUREMENT] },
    answers: { 200: { status: 'accepted' }, 499: WRONG_CONTENT_TEXT },
  },
  inviteDevice: {
    body: { device: 'anna', replace: false },
    answers: {
      201: {
        device: 'anna',
        token: 'TOKEN-OF-THE-INVITATION',
        path: '/phone#TOKEN-OF-THE-INVITATION',
        addresses: ['https://gateway.example:8080'],
        expiresAtMs: NOON_MS + 10 * MINUTE_MS,
      },
    },
  },
  getInvitation: { answers: { 200: { device: 'anna', state: 'joined' } } },
  joinAsDevice: {
    body: { token: 'TOKEN-OF-THE-INVITATION' },
    answers: {
      200: {
        device: 'anna',
        mqtt: { url: null, path: '/mqtt', username: 'anna', password: 'PASSWORD-OF-THE-PHONE' },
        sensors: ['accelerometer', 'gyroscope'],
      },
    },
  },
};

function table(rows: readonly (readonly Cell[])[]): string {
  return rows.map(csvLine).join('');
}
