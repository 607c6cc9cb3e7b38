import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CompanyState } from '../../../src/company/company-state.js';
import {
  erasableCompanyState,
  readCompanyState,
  writeCompanyState,
} from '../../../src/gateway/company-state-file.js';
import { deviceId } from '../../helpers/make-results.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const [anna, ben, cleo] = [deviceId('anna'), deviceId('ben'), deviceId('cleo')];
const pair = (first: typeof anna, second: typeof anna): CompanyState['pairs'][number] => ({
  first,
  second,
  alikeMs: 2,
  state: {
    status: 'together',
    sinceMs: 1,
    belief: 0.9,
    evaluatedMs: 2,
    informedMs: 2,
    candidate: undefined,
    trend: { isFor: true, sinceMs: 1 },
    wasTogether: true,
  },
});
const STATE: CompanyState = {
  comparingMs: 1000,
  devices: [anna, ben, cleo].map((device, index) => ({
    device,
    newestMs: 1000,
    reachedMs: 1000,
    rows: Float32Array.of(index, Number.NaN, 0.1),
  })),
  pairs: [pair(anna, ben), pair(anna, cleo), pair(ben, cleo)],
};

describe('what is remembered of company over a restart', () => {
  it('is read as it was written, and nothing where there is nothing, or nothing of this version', async () => {
    await using folder = await temporaryFolder();
    expect(await readCompanyState(folder.path)).toBeUndefined();
    await writeCompanyState(folder.path, STATE);
    expect(await readCompanyState(folder.path)).toEqual(STATE);
    const path = join(folder.path, 'company', 'state.json');
    await writeFile(path, '{"version":99}');
    expect(await readCompanyState(folder.path)).toBeUndefined();
    await writeFile(path, '{"vers');
    expect(await readCompanyState(folder.path)).toBeUndefined();
  });

  it('is forgotten with a device, on both sides of its pairs', async () => {
    await using folder = await temporaryFolder();
    const erasable = erasableCompanyState(folder.path);
    expect(await erasable.holds(anna)).toBe(false);
    await erasable.forget(anna);
    await writeCompanyState(folder.path, STATE);
    expect(await erasable.holds(anna)).toBe(true);
    await erasable.forget(anna);
    expect(await erasable.holds(anna)).toBe(false);
    const left = await readCompanyState(folder.path);
    expect(left?.devices.map(({ device }) => device)).toEqual([ben, cleo]);
    expect(left?.pairs.map(({ first, second }) => [first, second])).toEqual([[ben, cleo]]);
  });
});
