import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Makes a page's browser one as on iPhones, which have DeviceMotion events only. To be called before a page is opened. */
export async function emulateDeviceMotion(page: Page): Promise<void> {
  await page.addInitScript({ path: join(import.meta.dirname, 'device-motion-script.js') });
}
