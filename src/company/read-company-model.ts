import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { GatewayError, messageOf } from '../shared/errors.js';
import { SHIPPED_MODELS } from '../shared/package.js';
import { parseJson } from '../shared/text.js';
import type { CompanyModel } from './company-model.js';

/** The file of a model folder that holds what was learnt of pairs. */
export const COMPANY_MODEL_FILE = 'company.json';
/** The model that comes with this package. */
export const SHIPPED_COMPANY_MODEL = join(SHIPPED_MODELS, 'company-phones');

const share = z.number().gt(0).lt(1);
const durationMs = z.number().positive();

const companyModelSchema = z.object({
  name: z.string(),
  version: z.string(),
  shape: z.object({
    seconds: z.int().min(4).max(120).describe('Compared at a time'),
    lagSeconds: z.int().min(0).max(10).describe('How far one may be behind the other'),
  }),
  weights: z.record(z.string(), z.number()).describe('What each feature adds to the log-likelihood ratio'),
  filter: z.object({
    share,
    meanDurationMs: durationMs,
    independentMs: durationMs,
    togetherFrom: share,
    togetherTo: share,
    apartBelow: share,
    dwellMs: z.number().min(0),
    fadeMs: durationMs,
  }),
});

/**
 * Reads what `alongside train company` has written.
 *
 * @param folder a model folder, by default the one of this package
 * @throws GatewayError `MODEL_INVALID` naming the file and what is wrong with it
 */
export async function readCompanyModel(folder = SHIPPED_COMPANY_MODEL): Promise<CompanyModel> {
  const file = join(folder, COMPANY_MODEL_FILE);
  try {
    return companyModelSchema.parse(parseJson(await readFile(file)));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new GatewayError('MODEL_INVALID', `${file} is no model of company: ${why}`, { cause: error });
  }
}
