import { CompanyFinder } from '../../src/company/company-finder.js';
import { readCompanyModel } from '../../src/company/read-company-model.js';
import { COMPANY_GRID } from '../../src/company/signature-grid.js';
import type { CompanyInterval } from '../../src/domain/company.js';
import type { DeviceId } from '../../src/domain/ids.js';
import type { CompanyUpdate } from '../../src/domain/store.js';
import { buildCompanyTimeline } from '../../src/storage/company-timeline.js';
import { DeviceAligner } from '../../src/stream/synchronise/device-aligner.js';
import { SYNCHRONISE } from './synchronise-options.js';
import type { Walkers } from './walkers.js';

/**
 * What one undisturbed finder says of walkers from their first second to the last, by device; what has not ended lasts for
 * ever.
 */
export async function foundByOne(
  walkers: Walkers,
  seconds: number,
): Promise<(device: string) => readonly CompanyInterval[]> {
  const model = await readCompanyModel();
  const finder = new CompanyFinder({ model, subjectOf: (device) => device, isComparable: () => true });
  const aligners = new Map<DeviceId, DeviceAligner>();
  const updates: CompanyUpdate[] = [];
  for (let second = 0; second < seconds; second++) {
    for (const message of walkers.sentIn(second)) {
      const { device } = message;
      const aligner = aligners.get(device) ?? new DeviceAligner(device, SYNCHRONISE, [COMPANY_GRID]);
      aligners.set(device, aligner);
      for (const frames of aligner.accept(message).frames) finder.take(frames, 0);
    }
    for (const found of finder.advance(0)) updates.push(...found.updates);
  }
  return (device) => {
    const own = updates.filter((update) => update.device === device);
    return buildCompanyTimeline(own, { fromMs: 0, toMs: Number.POSITIVE_INFINITY });
  };
}
