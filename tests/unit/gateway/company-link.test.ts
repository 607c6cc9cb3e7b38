import { describe, expect, it } from 'vitest';
import { COMPANY_GRID, GRID_RATE_HZ, GRID_WIDTH } from '../../../src/company/signature-grid.js';
import { configSchema } from '../../../src/config/schema.js';
import { CompanyChoices } from '../../../src/gateway/company-choices.js';
import { CompanyLink } from '../../../src/gateway/company-link.js';
import { SuppressedDevices } from '../../../src/gateway/suppressed-devices.js';
import { deviceInfo } from '../../helpers/http-fixture.js';
import { deviceId } from '../../helpers/make-results.js';
import { START_MS } from '../../helpers/sensor-messages.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const ANNA = deviceId('anna');
const NOW_MS = START_MS + 600_000;

async function open(folder: string, offsetMs = 0): Promise<CompanyLink> {
  const config = configSchema.parse({
    dataDir: folder,
    company: { enabled: true },
    devices: { anna: { company: 'on' } },
  });
  const device = deviceInfo({ id: ANNA, clock: { kind: 'epoch', offsetMs, driftPpm: 0 } });
  const link = await CompanyLink.open(config, {
    choices: await CompanyChoices.open(config),
    registry: { get: () => device },
    silenceClock: { nowMs: () => NOW_MS },
  });
  if (link === undefined) throw new Error('company is switched off');
  return link;
}

const SECONDS = 10;
const frames = {
  device: ANNA,
  model: COMPANY_GRID.model,
  firstRow: (START_MS / 1000) * GRID_RATE_HZ,
  rowCount: SECONDS * GRID_RATE_HZ,
  values: new Float32Array(SECONDS * GRID_RATE_HZ * GRID_WIDTH).fill(1),
  deltaSumMs: new Float32Array(SECONDS * GRID_RATE_HZ),
  deltaMaxMs: new Float32Array(SECONDS * GRID_RATE_HZ),
  presentSensors: new Uint8Array(SECONDS * GRID_RATE_HZ).fill(1),
  gravityToRemove: new Uint8Array(SECONDS * GRID_RATE_HZ),
};

describe('what company needs of the samples of a device', () => {
  it('is everything that was taken in, until it is written down', async () => {
    await using folder = await temporaryFolder();
    const link = await open(folder.path);
    link.stage(new SuppressedDevices()).finder.take(frames, NOW_MS);
    expect(link.neededFromMs(ANNA)).toBe(Number.NEGATIVE_INFINITY);
    await link.save({ areResultsKept: () => Promise.resolve(true) });
    expect(link.neededFromMs(ANNA)).toBe(START_MS + SECONDS * 1000 - 4000);
  });

  it('is only the last minutes where nothing comes that could be compared', async () => {
    await using folder = await temporaryFolder();
    const neededFromMs = (await open(folder.path)).neededFromMs(ANNA);
    expect(neededFromMs).toBeGreaterThan(NOW_MS - 600_000);
    expect(neededFromMs).toBeLessThan(NOW_MS);
  });

  it('is nothing where its clock is off', async () => {
    await using folder = await temporaryFolder();
    expect((await open(folder.path, 3_600_000)).neededFromMs(ANNA)).toBe(Number.POSITIVE_INFINITY);
  });
});
