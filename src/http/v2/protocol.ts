import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { TensorInference, TensorModel } from '../../domain/tensor-inference.js';
import { jsonAnswer } from '../answers.js';
import type { HttpEvents } from '../dependencies.js';
import { HttpProblem } from '../problem.js';
import { isUnexpected, problemOf } from '../problem-of.js';

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

/** Answers an error in the protocol's form; what nobody planned for goes to the log, not to the client. */
export function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  events: HttpEvents,
): FastifyReply {
  const problem = problemOf(error, request.id);
  if (isUnexpected(problem)) events.httpFailed(request.id, error);
  return reply
    .code(problem.status)
    .headers({ ...problem.headers })
    .type(JSON_TYPE)
    .send(JSON.stringify({ error: problem.message }));
}
