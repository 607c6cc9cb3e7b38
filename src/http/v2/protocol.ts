import { z } from 'zod';
import type { TensorInference, TensorModel } from '../../domain/tensor-inference.js';
import { jsonAnswer } from '../answers.js';
import type { ErrorForm } from '../error-handling.js';
import { HttpProblem } from '../problem.js';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** The protocol has a form of its own for errors. */
export const errorAnswers = { default: jsonAnswer('What is wrong', z.object({ error: z.string() })) };

/** Where the path names one, `version` is there, too. */
export const paramsSchema = z.looseObject({ model: z.string() });

/** @throws HttpProblem 404 */
export function requireModel(
  { models }: TensorInference,
  { model, version }: z.infer<typeof paramsSchema>,
): TensorModel {
  const found = models.find(({ name }) => name === model);
  if (found === undefined) throw new HttpProblem(404, `There is no model ${model.slice(0, 64)}`);
  if (version === undefined || version === found.version) return found;
  throw new HttpProblem(404, `Model ${model} is in service in version ${found.version} only`);
}

/** The protocol's own form of errors. */
export const PROTOCOL_ERRORS: ErrorForm = {
  contentType: JSON_TYPE,
  bodyOf: (problem) => ({ error: problem.message }),
};
