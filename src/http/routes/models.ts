import { z } from 'zod';
import { isSimulated, manifestSchema } from '../../inference/models/manifest.js';
import { jsonAnswer } from '../answers.js';
import type { HttpDependencies } from '../dependencies.js';
import type { HttpApp } from '../http-app.js';
import { problemAnswers } from '../problem.js';

const modelSchema = manifestSchema.meta({ id: 'Model' });

const modelsAnswerSchema = z
  .object({
    models: z.array(modelSchema),
    candidates: z.array(modelSchema).describe('They run beside those in service, to be compared'),
    simulated: z
      .array(z.string())
      .optional()
      .describe(
        'Models in service that were made on simulated people: what they say of real ones means nothing',
      ),
  })
  .meta({ id: 'Models' });

/** `GET /v1/models`: the manifests of the models in service. */
export function addModelsRoute(
  app: HttpApp,
  { models, candidates }: Pick<HttpDependencies, 'models' | 'candidates'>,
): void {
  app.get(
    '/v1/models',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listModels',
        summary: 'Models in service, each with its manifest',
        tags: ['models'],
        response: { 200: jsonAnswer('The models', modelsAnswerSchema), ...problemAnswers },
      },
    },
    () => {
      const simulated = models()
        .filter(isSimulated)
        .map(({ name }) => name);
      const answer = { models: [...models()], candidates: [...candidates()] };
      return simulated.length === 0 ? answer : { ...answer, simulated };
    },
  );
}
