import { join } from 'node:path';
import { PAIR_FEATURES } from '../../company/pair-features.js';
import { COMPANY_MODEL_FILE } from '../../company/read-company-model.js';
import { makeFolder, writeAtomically } from '../../shared/files.js';
import type { LearntCompany } from './learn-pairs.js';

export interface CompanyCard {
  readonly name: string;
  readonly version: string;
  readonly data: string;
  readonly licence: string;
  readonly command: string;
  readonly folds: number;
  /** Tables of benchmarks and other evidence, in Markdown, put below the figures. */
  readonly evidence: string;
}

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

/** The card of a model of company. Its first line says what it has not been tried on. */
function companyCard(learnt: LearntCompany, card: CompanyCard): string {
  const { model, windows, together, people, rocAuc, minuteRocAuc } = learnt;
  const { seconds, lagSeconds } = model.shape;
  const figure = (value: number | null): string => value?.toFixed(3) ?? '–';
  return `${[
    NOT_TRIED,
    `# ${card.name} ${card.version}`,
    'Tells from the movement of two phones whether their wearers are together.',
    '## What it takes and gives',
    [
      `- Signatures of two devices: 16 numbers a second each, ${seconds} seconds at a time, the one up to ${lagSeconds} s behind the other`,
      '- The logarithm of how much likelier they are of people who are together. Two phones that lie still tell nothing.',
    ].join('\n'),
    '## Data',
    `${card.data} ${people} people, ${windows} windows of pairs, ${together} of them together. Licence of the weights: ${card.licence}`,
    '## How good it is',
    [
      `| on pairs of whom it had seen neither person (${card.folds} groups of people) | ROC AUC |`,
      '| --- | --- |',
      `| one window of ${seconds} s | ${figure(rocAuc)} |`,
      `| the windows of a minute taken together | ${figure(minuteRocAuc)} |`,
    ].join('\n'),
    ...(card.evidence === '' ? [] : [card.evidence.trim()]),
    '## What was learnt',
    [
      '| what is compared | weight |',
      '| --- | --- |',
      ...PAIR_FEATURES.flatMap((name) => {
        const weight = model.weights[name];
        return weight === undefined ? [] : [`| ${name} | ${weight.toFixed(2)} |`];
      }),
    ].join('\n'),
    'Each window was learnt from as a phone with all sensors, one without magnetometer and one without gyroscope would send it. ' +
      'How fast and how surely it believes was chosen on the same people.',
    'What matches may only speak for company, what there was to match only against it; features that came out with the other sign were left out.',
    `\`\`\`\n${card.command}\n\`\`\``,
  ].join('\n\n')}\n`;
}

const NOT_TRIED = [
  '**Not yet tried on two people with two phones, since no such recordings are public.**',
  'Make some in ten minutes: enrol two phones, switch their recording on, label both with whom they are (`{"with": ["ben"]}`, or `{"with": []}`',
  'for nobody), walk five minutes together and five apart, then run `alongside train company --data` on the folder of the recordings',
  'and send us the figures that it prints (not the recordings).',
].join('\n');
