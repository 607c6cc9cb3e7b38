import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PAIR_FEATURES } from '../../../src/company/pair-features.js';
import { COMPANY_MODEL_FILE, readCompanyModel } from '../../../src/company/read-company-model.js';

describe('readCompanyModel', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'company-model-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads the model that comes with the package, whose weights are of features that there are', async () => {
    const { weights, shape } = await readCompanyModel();
    expect(Object.keys(weights).filter((name) => !PAIR_FEATURES.includes(name))).toEqual([]);
    expect(weights['turn.match']).toBeGreaterThan(0);
    expect(shape.lagSeconds).toBeGreaterThanOrEqual(3);
  });

  it('says what is wrong with a file, and where it is', async () => {
    await expect(readCompanyModel(folder)).rejects.toThrow(join(folder, COMPANY_MODEL_FILE));
    await writeFile(join(folder, COMPANY_MODEL_FILE), '{"weights": {"turn.match": "much"}}');
    await expect(readCompanyModel(folder)).rejects.toThrow(/expected number, received string/);
  });
});
