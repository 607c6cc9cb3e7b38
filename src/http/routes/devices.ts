import { jsonAnswer } from '../answers.js';
import type { HttpDependencies } from '../dependencies.js';
import { answerOfDevice, answerOfStoredDevice, type DeviceAnswer } from '../device-answer.js';
import type { HttpApp } from '../http-app.js';
import { requireDevice } from '../known-device.js';
import type { HttpOptions } from '../options.js';
import { problemAnswers } from '../problem.js';
import { UNAVAILABLE } from '../problem-of.js';
import { deviceParamsSchema, deviceSchema, devicesAnswerSchema } from '../schemas.js';

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
      const info = dependencies.devices.get(id);
      if (info !== undefined) return answerOfDevice(info, dependencies.unknownOf(id));
      await requireDevice(id, dependencies);
      return answerOfStoredDevice(id, dependencies.unknownOf(id));
    },
  );
}

async function listDevices({
  devices,
  store,
  unknownOf,
}: HttpDependencies): Promise<{ devices: DeviceAnswer[]; complete: boolean }> {
  const answers = new Map<string, DeviceAnswer>();
  // Who is online must show even while the store is down.
  const stored = await store.devices().catch(() => undefined);
  for (const id of stored ?? []) answers.set(id, answerOfStoredDevice(id, unknownOf(id)));
  for (const info of devices.list()) answers.set(info.id, answerOfDevice(info, unknownOf(info.id)));
  const sorted = [...answers.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { devices: sorted, complete: stored !== undefined };
}
