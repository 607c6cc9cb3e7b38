import {
  DEVICE_EXAMPLES,
  HOUR_MS,
  MINUTE_MS,
  NOON_MS,
  type OperationExamples,
} from './openapi-device-examples.js';

const RULE = {
  name: 'silent-phone',
  when: { type: 'silent', forMinutes: 30 },
  devices: ['anna'],
  between: { from: '08:00', to: '20:00' },
  timeZone: 'Europe/Berlin',
  cooldownMinutes: 5,
};

const DELIVERY = {
  eventId: 'evt_5Qm2Zt8LwX',
  type: 'status.changed',
  device: 'anna',
  eventAtMs: NOON_MS - MINUTE_MS,
  attempt: 1,
  attemptedAtMs: NOON_MS - MINUTE_MS + 40,
  durationMs: 85,
  outcome: 'delivered',
  status: 204,
  detail: '',
  nextAttemptMs: null,
};
const NEW_WEBHOOK = { url: 'https://example.org/hook', events: ['status.changed'], description: 'Ward 3' };
const WEBHOOK = {
  id: 'ep_bPkdF1HSd2lF',
  ...NEW_WEBHOOK,
  devices: null,
  createdAtMs: NOON_MS - HOUR_MS,
  enabled: true,
  disabled: null,
  previousSecretUntilMs: null,
  waiting: 0,
  nextAttemptMs: null,
  lastDelivery: DELIVERY,
};
const WEBHOOK_WITH_SECRET = { ...WEBHOOK, secret: 'whsec_RXhhbXBsZSBvZiBhIHNlY3JldCwgbm90IHRvIGJlIHVzZWQ=' };
const ALERTS: Readonly<Record<string, OperationExamples>> = {
  listAlerts: {
    answers: {
      200: {
        alerts: [
          {
            id: 'alert_81c2',
            rule: RULE.name,
            device: 'anna',
            text: 'silent-phone: anna has sent nothing for 30 min.',
            sinceMs: NOON_MS - 30 * MINUTE_MS,
            raisedAtMs: NOON_MS,
            cleared: null,
          },
        ],
        complete: true,
      },
    },
  },
  listAlertRules: { answers: { 200: { rules: [{ rule: RULE, origin: 'api' }] } } },
  createAlertRule: { body: RULE, answers: { 201: { rule: RULE, origin: 'api' } } },
  removeAlertRule: { answers: {} },
  listWebhooks: { answers: { 200: { webhooks: [WEBHOOK] } } },
  getWebhook: { answers: { 200: WEBHOOK } },
  createWebhook: { body: NEW_WEBHOOK, answers: { 201: WEBHOOK_WITH_SECRET } },
  rotateWebhookSecret: { body: { overlapHours: 24 }, answers: { 200: WEBHOOK_WITH_SECRET } },
  changeWebhook: { body: { enabled: true }, answers: { 200: WEBHOOK } },
  removeWebhook: { answers: {} },
  listDeliveries: { answers: { 200: { deliveries: [DELIVERY], waiting: [] } } },
  resendDelivery: { answers: { 202: { eventId: DELIVERY.eventId } } },
  testWebhook: { answers: { 200: { ...DELIVERY, type: 'webhook.test', device: null } } },
};

const PROVENANCE = {
  data: 'Recordings of 20 people',
  licence: 'Apache-2.0',
  protocol: 'leave-one-subject-out',
  metrics: { accuracy: 0.91 },
};
const MODEL = {
  name: 'accompany-v2',
  version: '2',
  kind: 'sequence',
  file: 'model.onnx',
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  provenance: PROVENANCE,
  input: 'window',
  channels: ['accelerometer.x', 'accelerometer.y', 'accelerometer.z'],
  gravity: 'any',
  accelerometerUnit: 'm/s2',
  samplingRateHz: 50,
  sizeSamples: 128,
  strideSamples: 64,
  centre: 'none',
  mean: [0, 0, 0],
  std: [1, 1, 1],
  targets: [{ name: 'accompanied', output: 'accompanied', classes: ['no', 'yes'], threshold: 0.5 }],
};
const TENSORS = {
  input: { name: MODEL.input, datatype: 'FP32', shape: [-1, 128, 3] },
  output: { name: 'accompanied', datatype: 'FP32', shape: [-1, 2] },
};
const LABELS = [
  { label: 'cardigan', probability: 0.83 },
  { label: 'jersey', probability: 0.09 },
];
const MODELS: Readonly<Record<string, OperationExamples>> = {
  listModels: { answers: { 200: { models: [MODEL], candidates: [] } } },
  compareCandidate: {
    answers: {
      200: {
        candidate: 'accompany-v3',
        version: '3',
        fromMs: NOON_MS - 24 * HOUR_MS,
        toMs: NOON_MS,
        targets: [
          {
            target: 'accompanied',
            model: MODEL.name,
            modelVersion: MODEL.version,
            windows: 1200,
            disagreements: 6,
            rate: 0.005,
            onlyModel: 2,
            onlyCandidate: 4,
            meanDifference: 0.03,
          },
        ],
        intervals: [
          {
            device: 'anna',
            target: 'accompanied',
            fromMs: NOON_MS - HOUR_MS,
            toMs: NOON_MS - HOUR_MS + 5120,
            model: 'no',
            candidate: 'yes',
            windows: 4,
          },
        ],
        truncated: false,
      },
    },
  },
  classifyApparel: {
    body: 'The bytes of a picture, as curl --data-binary @photo.jpg sends them',
    answers: {
      200: { model: 'clothes', labels: LABELS, timings: { decodeMs: 8, inferMs: 21, totalMs: 30 } },
    },
  },
  findSimilarApparel: {
    body: 'The bytes of a picture, as curl --data-binary @photo.jpg sends them',
    answers: {
      200: {
        model: 'clothes',
        items: [{ id: 'cardigans/blue.jpg', label: 'cardigans', score: 0.94 }],
        timings: { embedMs: 28, searchMs: 1, totalMs: 29 },
      },
    },
  },
  getInferenceServer: {
    answers: { 200: { name: 'alongside', version: '1.0.0', extensions: ['binary_tensor_data'] } },
  },
  listInferenceModels: { answers: { 200: { models: [MODEL.name] } } },
  isInferenceLive: { answers: { 200: { live: true } } },
  isInferenceReady: { answers: { 200: { ready: true }, 503: { ready: false } } },
  getInferenceModel: {
    answers: {
      200: {
        name: MODEL.name,
        versions: [MODEL.version],
        platform: 'onnxruntime_onnx',
        inputs: [TENSORS.input],
        outputs: [TENSORS.output],
      },
    },
  },
  isInferenceModelReady: { answers: { 200: { name: MODEL.name, ready: true } } },
  infer: {
    body: { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 3], data: [0.1, -0.2, 9.8] }] },
    answers: {
      200: {
        model_name: 'motion',
        model_version: '1',
        outputs: [{ name: 'accompanied', datatype: 'FP32', shape: [1, 2], data: [0.09, 0.91] }],
      },
    },
  },
};

const HEALTH = {
  ready: true,
  parts: [
    { name: 'store', ok: true, detail: '' },
    { name: 'models', ok: true, detail: '' },
  ],
};
const OPERATION: Readonly<Record<string, OperationExamples>> = {
  getAccess: { answers: { 200: { name: 'dashboard', scopes: ['read'] } } },
  getLedger: {
    answers: {
      200: {
        balanced: true,
        messages: { received: 120, accepted: 119, rejected: { 'not-json': 1 } },
        samples: { accepted: 6000, used: 5990, late: 10 },
        windows: { due: 46, stored: 44, skipped: { 'low-coverage': 1 }, pending: 1 },
        frames: { received: 0, classified: 0, rejected: {}, pending: 0 },
        ignoredSensors: { battery: 3 },
      },
    },
  },
  isLive: { answers: { 200: { live: true } } },
  isReady: {
    answers: {
      200: HEALTH,
      503: { ready: false, parts: [{ name: 'store', ok: false, detail: 'it does not answer' }] },
    },
  },
  getMetrics: {
    answers: {
      200: '# HELP process_resident_memory_bytes Resident memory.\n# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 183500800\n',
    },
  },
  getOpenApi: { answers: { 200: { openapi: '3.1.0', info: { title: 'Alongside', version: '1.0.0' } } } },
};

/** By operation; each must be there. */
export const EXAMPLES: Readonly<Record<string, OperationExamples>> = {
  ...DEVICE_EXAMPLES,
  ...ALERTS,
  ...MODELS,
  ...OPERATION,
};
