import type { DeviceId } from '../domain/ids.js';
import type { HttpDependencies } from './dependencies.js';
import { HttpProblem } from './problem.js';

/** @throws HttpProblem 404 unless the device is live or has results in the store */
export async function requireDevice(
  id: DeviceId,
  { devices, store }: Pick<HttpDependencies, 'devices' | 'store'>,
): Promise<void> {
  if (devices.get(id) !== undefined) return;
  const stored = await store.devices();
  if (stored.includes(id)) return;
  throw new HttpProblem(404, `There is no device ${id}; GET /v1/devices lists those there are`);
}
