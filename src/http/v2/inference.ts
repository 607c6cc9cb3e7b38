import { z } from 'zod';
import type { TensorModel } from '../../domain/tensor-inference.js';
import type { HttpDependencies } from '../dependencies.js';
import { sendProblem } from '../error-handling.js';
import type { FairShare } from '../fair-share.js';
import type { HttpApp, HttpOptions } from '../options.js';
import { jsonAnswer } from '../problem.js';
import { limitBodies, refuseLongBodies } from '../request-limits.js';
import { addInferRoute } from './infer.js';
import { errorAnswers, PROTOCOL_ERRORS, paramsSchema, requireModel } from './infer-request.js';

const tensorSchema = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });
const metadataSchema = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(tensorSchema),
    outputs: z.array(tensorSchema),
  })
  .meta({ id: 'InferenceModel' });
const tags = ['models'];

/** `/v2`: the Open Inference Protocol, for clients that send tensors. */
export function addInferenceRoutes(
  app: HttpApp,
  options: HttpOptions,
  dependencies: HttpDependencies,
  pictures: FairShare,
): void {
  app.register(
    (scope: HttpApp, _options, done) => {
      scope.setErrorHandler((error, request, reply) =>
        sendProblem(error, request, reply, dependencies.events, PROTOCOL_ERRORS),
      );
      scope.setNotFoundHandler((_request, reply) =>
        reply.code(404).send({ error: 'There is nothing at this address' }),
      );
      addServerRoutes(scope, options, dependencies);
      for (const path of ['/models/:model', '/models/:model/versions/:version']) {
        addModelRoutes(scope, path, dependencies);
      }
      scope.register((inner: HttpApp, _inner, innerDone) => {
        inner.removeAllContentTypeParsers();
        inner.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) =>
          parsed(null, body),
        );
        refuseLongBodies(inner, options.maxIngestBytes);
        limitBodies(inner, options.imageBudgetBytes, options.maxIngestBytes);
        addInferRoute(inner, '/models/:model/infer', options, dependencies, pictures);
        addInferRoute(inner, '/models/:model/versions/:version/infer', options, dependencies, pictures);
        innerDone();
      });
      done();
    },
    { prefix: '/v2' },
  );
}

function addServerRoutes(
  scope: HttpApp,
  { version }: HttpOptions,
  { health, tensors }: HttpDependencies,
): void {
  const serverSchema = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) });
  scope.get(
    '',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getInferenceServer',
        summary: 'Open Inference Protocol, version 2: the server',
        tags,
        response: { 200: jsonAnswer('The server', serverSchema), ...errorAnswers },
      },
    },
    () => ({ name: 'alongside', version, extensions: ['binary_tensor_data'] }),
  );
  scope.get(
    '/models',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listInferenceModels',
        summary: 'Names of the models in service',
        tags,
        response: { 200: jsonAnswer('Names', z.object({ models: z.array(z.string()) })), ...errorAnswers },
      },
    },
    () => ({ models: tensors.models.map(({ name }) => name) }),
  );
  scope.get(
    '/health/live',
    {
      config: { scope: 'open' },
      schema: {
        operationId: 'isInferenceLive',
        summary: 'Whether the server is alive',
        tags,
        response: { 200: jsonAnswer('It does', z.object({ live: z.boolean() })), ...errorAnswers },
      },
    },
    () => ({ live: true }),
  );
  const readySchema = z.object({ ready: z.boolean() });
  scope.get(
    '/health/ready',
    {
      config: { scope: 'open' },
      schema: {
        operationId: 'isInferenceReady',
        summary: 'Whether the server can infer: 200, or 503',
        tags,
        response: {
          200: jsonAnswer('It can', readySchema),
          503: jsonAnswer('It cannot', readySchema),
          ...errorAnswers,
        },
      },
    },
    async (_request, reply) => {
      const ready = health().parts.every(({ name, ok }) => ok || name !== 'models');
      return await reply.code(ready ? 200 : 503).send({ ready });
    },
  );
}

function addModelRoutes(scope: HttpApp, path: string, { tensors }: HttpDependencies): void {
  const hide = path.includes(':version');
  scope.get(
    path,
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'getInferenceModel',
        summary: 'Inputs and outputs of a model',
        tags,
        hide,
        params: paramsSchema,
        response: { 200: jsonAnswer('The model', metadataSchema), ...errorAnswers },
      },
    },
    ({ params }) => toMetadata(requireModel(tensors, params)),
  );
  scope.get(
    `${path}/ready`,
    {
      config: { scope: 'open' },
      schema: {
        operationId: 'isInferenceModelReady',
        summary: 'Whether a model can be run: 200, or 404',
        tags,
        hide,
        params: paramsSchema,
        response: {
          200: jsonAnswer('It can', z.object({ name: z.string(), ready: z.boolean() })),
          ...errorAnswers,
        },
      },
    },
    ({ params }) => ({ name: requireModel(tensors, params).name, ready: true }),
  );
}

function toMetadata({
  name,
  version,
  platform,
  input,
  outputs,
}: TensorModel): z.infer<typeof metadataSchema> {
  const toTensor = (tensor: TensorModel['input']) => {
    return { name: tensor.name, datatype: 'FP32', shape: [...tensor.shape] };
  };
  return { name, versions: [version], platform, inputs: [toTensor(input)], outputs: outputs.map(toTensor) };
}
