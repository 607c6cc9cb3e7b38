import type { Page } from 'playwright-core';

const SENSOR_TYPES = ['accelerometer', 'gyroscope', 'magnetometer'] as const;
export type EmulatedSensor = (typeof SENSOR_TYPES)[number];

const PERIOD_MS = 20;

/** Makes a browser's sensors say something new fifty times a second. */
export async function emulateMotion(
  page: Page,
  available: readonly EmulatedSensor[] = SENSOR_TYPES,
): Promise<AsyncDisposable> {
  const session = await page.context().newCDPSession(page);
  for (const type of SENSOR_TYPES) {
    const metadata = {
      available: available.includes(type),
      minimumFrequency: 1,
      maximumFrequency: 60,
    };
    await session.send('Emulation.setSensorOverrideEnabled', { enabled: true, type, metadata });
  }
  let step = 0;
  const timer = setInterval(() => {
    step += 1;
    for (const type of available) {
      const xyz = { x: Math.sin(step / 7), y: Math.cos(step / 5), z: 9.8 + Math.sin(step / 11) };
      const sent = session.send('Emulation.setSensorOverrideReadings', { type, reading: { xyz } });
      sent.catch(() => undefined);
    }
  }, PERIOD_MS);
  return {
    [Symbol.asyncDispose]: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}
