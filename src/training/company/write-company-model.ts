import { join } from 'node:path';
import { COMPANY_MODEL_FILE } from '../../company/read-company-model.js';
import { makeFolder } from '../../shared/folders.js';
import { writeAtomically } from '../../shared/write-atomically.js';
import { type CompanyCard, companyCard } from './company-card.js';
import type { LearntCompany } from './learn-pairs.js';

/** Writes a model folder: what was learnt, and the card. */
export async function writeCompanyModel(
  folder: string,
  learnt: LearntCompany,
  card: CompanyCard,
): Promise<void> {
  await makeFolder(folder);
  const { name, version, data } = card;
  const { shape, weights, filter } = learnt.model;
  const model = { name, version, data, shape, weights, filter };
  await writeAtomically(join(folder, COMPANY_MODEL_FILE), `${JSON.stringify(model, undefined, 2)}\n`);
  await writeAtomically(join(folder, 'README.md'), companyCard(learnt, card));
}
