import { jsonAnswer } from '../answers.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../http-app.js';
import { HttpProblem, problemAnswers } from '../problem.js';
import { deviceParamsSchema, forgetAnswerSchema } from '../schemas.js';

/** `DELETE /v1/devices/:id`: removes everything the gateway keeps of a device, its credentials included. */
export function addForgetRoute(app: HttpApp, { forget }: Pick<HttpDependencies, 'forget'>): void {
  app.delete(
    '/v1/devices/:id',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'forgetDevice',
        summary:
          'Remove results, recordings and credentials of a device, everywhere, and look whether they are gone',
        tags: ['devices'],
        params: deviceParamsSchema,
        response: {
          200: jsonAnswer('What was removed; `removed` is false when something is left', forgetAnswerSchema),
          ...problemAnswers,
        },
      },
    },
    async ({ params: { id } }) => {
      const report = await forget(id);
      if (report === undefined)
        throw new HttpProblem(404, `There is no device ${id}; GET /v1/devices lists those there are`);
      const { device, removed, parts } = report;
      return { device, removed, parts: parts.map((part) => ({ ...part })) };
    },
  );
}
