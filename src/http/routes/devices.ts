import type { z } from 'zod';
import type { CurrentStatus } from '../../domain/device.js';
import type { DeviceId } from '../../domain/ids.js';
import { SAMPLE_FATES } from '../../domain/ledger.js';
import type { UnknownReason } from '../../domain/status.js';
import { requireDevice } from '../answers/read-timeline.js';
import type { HttpDependencies, LiveDevice } from '../dependencies.js';
import type { HttpApp, HttpOptions } from '../options.js';
import { HttpProblem, jsonAnswer, problemAnswers } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import {
  deviceParamsSchema,
  deviceSchema,
  devicesAnswerSchema,
  forgetAnswerSchema,
  type reasonSchema,
} from '../schemas.js';

/** `GET /v1/devices` and `GET /v1/devices/:id`: what is live, and what only the store still knows. */
export function addDeviceRoutes(app: HttpApp, options: HttpOptions, dependencies: HttpDependencies): void {
  app.get(
    '/v1/devices',
    {
      config: { scope: 'read' },
      handlerTimeout: options.queryTimeoutMs,
      schema: {
        operationId: 'listDevices',
        summary: 'Every device: seen since the start, or with results in the store',
        tags: ['devices'],
        response: { 200: jsonAnswer('All devices', devicesAnswerSchema), ...problemAnswers },
      },
    },
    () => listDevices(dependencies),
  );

  app.get(
    '/v1/devices/:id',
    {
      config: { scope: 'read', errors: { 503: UNAVAILABLE.store } },
      handlerTimeout: options.queryTimeoutMs,
      schema: {
        operationId: 'getDevice',
        summary: 'One device: statuses, sensors, delivery, clock',
        tags: ['devices'],
        params: deviceParamsSchema,
        response: { 200: jsonAnswer('The device', deviceSchema), ...problemAnswers },
      },
    },
    async ({ params: { id } }) => {
      const live = await dependencies.devices.get(id);
      if (live !== undefined) return answerOfDevice(live, dependencies);
      await requireDevice(id, dependencies);
      return answerOfStoredDevice(id, dependencies);
    },
  );
}

async function listDevices(
  dependencies: HttpDependencies,
): Promise<{ devices: DeviceAnswer[]; complete: boolean }> {
  const { devices, store } = dependencies;
  const answers = new Map<string, DeviceAnswer>();
  // Who is online must show even while the store is down.
  const [stored, live] = await Promise.all([store.devices().catch(() => undefined), devices.list()]);
  for (const id of stored ?? []) answers.set(id, answerOfStoredDevice(id, dependencies));
  for (const device of live.devices) answers.set(device.info.id, answerOfDevice(device, dependencies));
  const sorted = [...answers.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { devices: sorted, complete: stored !== undefined && live.isComplete };
}

/** `DELETE /v1/devices/:id`: removes everything the gateway keeps of a device, its credentials included. */
export function addForgetRoute(app: HttpApp, { forget }: Pick<HttpDependencies, 'forget'>): void {
  app.delete(
    '/v1/devices/:id',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'forgetDevice',
        summary:
          'Remove results, recordings and credentials of a device, everywhere, and check that they are gone',
        tags: ['devices'],
        params: deviceParamsSchema,
        response: {
          200: jsonAnswer('What was removed; `removed` is false when something is left', forgetAnswerSchema),
          ...problemAnswers,
        },
      },
    },
    async ({ params: { id } }) => {
      const report = await forget(id);
      if (report === undefined)
        throw new HttpProblem(404, `There is no device ${id}; GET /v1/devices lists those there are`);
      const { device, removed, parts } = report;
      return { device, removed, parts: parts.map((part) => ({ ...part })) };
    },
  );
}

type DeviceAnswer = z.infer<typeof deviceSchema>;

/** What is known of devices beside what they sent. */
type Surroundings = Pick<HttpDependencies, 'placements'>;

/** What the gateway knows of a live device, as clients see it. */
function answerOfDevice({ info, unknown }: LiveDevice, surroundings: Surroundings): DeviceAnswer {
  return {
    id: info.id,
    online: info.online,
    lastSeenMs: Number.isFinite(info.lastSeenMs) ? info.lastSeenMs : null,
    ...statusesAndPlacement(info.id, { known: info.statuses, unknown }, surroundings),
    sensors: info.sensors.map((sensor) => ({ ...sensor, rateHz: finite(sensor.rateHz) })),
    delivery: { ...info.delivery },
    samples: { ...info.samples },
    clock: info.clock === undefined ? null : { ...info.clock },
    platform: info.platform === undefined ? null : { ...info.platform },
  };
}

/** A device that has results in the store, of which nothing else is known. */
function answerOfStoredDevice(
  id: DeviceId,
  surroundings: Surroundings & Pick<HttpDependencies, 'unknownOf'>,
): DeviceAnswer {
  return {
    id,
    online: false,
    lastSeenMs: null,
    ...statusesAndPlacement(id, { known: [], unknown: surroundings.unknownOf(id) }, surroundings),
    sensors: [],
    delivery: { messages: 0, missing: 0, duplicates: 0, reordered: 0 },
    samples: Object.fromEntries(SAMPLE_FATES.map((fate) => [fate, 0])),
    clock: null,
    platform: null,
  };
}

/** A status that was said before somebody said where the device is worn is no longer one of an assumption. */
function statusesAndPlacement(
  id: DeviceId,
  { known, unknown }: Readonly<Record<'known' | 'unknown', readonly CurrentStatus[]>>,
  { placements }: Surroundings,
): Pick<DeviceAnswer, 'statuses' | 'placement'> {
  const placement = placements.of(id);
  const statuses = statusesOf(known, unknown);
  if (placement === 'assumed') return { placement, statuses };
  return { placement, statuses: statuses.map(({ placement: _assumed, ...status }) => status) };
}

function statusesOf(
  known: readonly CurrentStatus[],
  unknown: readonly CurrentStatus[],
): DeviceAnswer['statuses'] {
  const explained = new Map(unknown.map((status) => [status.target, status]));
  const rest = unknown.filter(({ target }) => !known.some((status) => status.target === target));
  return [...known.map((status) => explained.get(status.target) ?? status), ...rest].map(
    ({ reason, ...status }) => ({
      ...status,
      ...(reason === undefined ? {} : { reason: reasonAnswer(reason) }),
    }),
  );
}

/** Why nothing is known, as clients see it. */
export function reasonAnswer({ code, text, sensors }: UnknownReason): z.infer<typeof reasonSchema> {
  return { code, text, ...(sensors === undefined ? {} : { sensors: [...sensors] }) };
}

/** JSON has no infinity: the rate of samples that share one time is not a number to show. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
