import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeviceId } from '../../../src/domain/ids.js';
import type { UnknownReason } from '../../../src/domain/status.js';
import { erasableReasons, openReasonLog, ReasonFile } from '../../../src/gateway/reason-file.js';
import type { ReasonLog } from '../../../src/gateway/reason-log.js';
import { deviceId } from '../../helpers/make-results.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const ANNA = deviceId('anna');
const BEN = deviceId('ben');
const EVENTS = { roundFailed: (_work: string, error: unknown) => Promise.reject(error) };
const MISSING: UnknownReason = { code: 'missing-sensor', text: '…', sensors: ['magnetometer'] };
const MINUTE = { fromMs: 0, toMs: 60_000 };

/** Has a log see a reason for a minute. */
function see(log: ReasonLog, device: DeviceId, reason = MISSING): void {
  const unknown = { target: 'accompanied', status: 'unknown', confidence: 0, sinceMs: 0, reason };
  for (let nowMs = 0; nowMs <= MINUTE.toMs; nowMs += 5000) log.note(device, [unknown], nowMs);
}

describe(openReasonLog, () => {
  it('goes on where the last run was, with the same words of the past', async () => {
    await using folder = await temporaryFolder();
    {
      await using first = await openReasonLog(folder.path, EVENTS);
      see(first.log, ANNA);
    }
    await using second = await openReasonLog(folder.path, EVENTS);
    expect(second.log.during(ANNA, 'accompanied', MINUTE)).toEqual({
      code: 'missing-sensor',
      text: 'The device sent no magnetometer, which the model needs.',
      sensors: ['magnetometer'],
    });
    second.log.note(ANNA, [], 90_000);
    expect(second.log.during(ANNA, 'accompanied', { fromMs: 0, toMs: 200_000 })).toBeUndefined();
  });

  it('forgets a device in memory and in the file, and no other', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'unknown-reasons.json');
    await using reasons = await openReasonLog(folder.path, EVENTS);
    see(reasons.log, ANNA);
    see(reasons.log, BEN);
    await new ReasonFile(folder.path).write(() => reasons.log.spans);
    expect(await reasons.erasable.holds(ANNA)).toBe(true);
    await reasons.erasable.forget(ANNA);
    expect(await reasons.erasable.holds(ANNA)).toBe(false);
    expect(reasons.log.during(ANNA, 'accompanied', MINUTE)).toBeUndefined();
    expect(await readFile(file, 'utf8')).not.toContain('anna');
    expect(await reasons.erasable.holds(BEN)).toBe(true);
  });

  it('starts without what it cannot read, and says so', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'unknown-reasons.json'), '{"version":1,"spans":[{"device":"/"}]}');
    const failed: unknown[] = [];
    await using reasons = await openReasonLog(folder.path, {
      roundFailed: (...words) => void failed.push(words),
    });
    expect(reasons.log.spans).toEqual([]);
    expect(failed).toEqual([
      [
        'reasons',
        expect.objectContaining({ message: expect.stringMatching(/reasons\.json cannot be read/) }),
      ],
    ]);
  });
});

describe(erasableReasons, () => {
  it('lets go of a device while no gateway runs', async () => {
    await using folder = await temporaryFolder();
    {
      await using reasons = await openReasonLog(folder.path, EVENTS);
      for (const device of [ANNA, BEN]) see(reasons.log, device);
    }
    const erasable = erasableReasons(new ReasonFile(folder.path));
    await erasable.forget(ANNA);
    expect(await Promise.all([ANNA, BEN].map((device) => erasable.holds(device)))).toEqual([false, true]);
  });

  it('makes no file where there is none', async () => {
    await using folder = await temporaryFolder();
    expect(await erasableReasons(new ReasonFile(folder.path)).holds(ANNA)).toBe(false);
  });
});
