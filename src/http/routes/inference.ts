import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { TensorInference, TensorModel, TensorOutputs } from '../../domain/tensor-inference.js';
import { jsonAnswer, writtenAnswer } from '../answers.js';
import { limitBodies, refuseLongBodies } from '../body-budget.js';
import type { HttpDependencies, HttpEvents } from '../dependencies.js';
import type { HttpApp } from '../http-app.js';
import type { HttpOptions } from '../options.js';
import { HttpProblem } from '../problem.js';
import { isUnexpected, problemOf } from '../problem-of.js';
import { writeInferAnswer } from '../v2/infer-answer.js';
import { HEADER_LENGTH, type InferRequest, readInferRequest } from '../v2/infer-request.js';

/** Items of one request at most. */
const MAX_ITEMS = 256;
const JSON_TYPE = 'application/json; charset=utf-8';

const errorAnswers = { default: jsonAnswer('What is wrong', z.object({ error: z.string() })) };
/** Where the path names one, `version` is there, too. */
const paramsSchema = z.looseObject({ model: z.string() });
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
export function addInferenceRoutes(app: HttpApp, options: HttpOptions, dependencies: HttpDependencies): void {
  app.register(
    (scope: HttpApp, _options, done) => {
      scope.setErrorHandler((error, request, reply) => sendError(error, request, reply, dependencies.events));
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
        addInferRoute(inner, '/models/:model/infer', options, dependencies);
        addInferRoute(inner, '/models/:model/versions/:version/infer', options, dependencies);
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
        ...{
          operationId: 'getInferenceServer',
          summary: 'Open Inference Protocol, version 2: the server',
          tags,
        },
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
        ...{ operationId: 'listInferenceModels', summary: 'Names of the models in service', tags },
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
        ...{ operationId: 'isInferenceLive', summary: 'Whether the server lives', tags },
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
        ...{ operationId: 'isInferenceReady', summary: 'Whether the server can infer: 200, or 503', tags },
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
        ...{ operationId: 'getInferenceModel', summary: 'Inputs and outputs of a model', tags, hide },
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
        ...{
          operationId: 'isInferenceModelReady',
          summary: 'Whether a model can be run: 200, or 404',
          tags,
          hide,
        },
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

function addInferRoute(
  scope: HttpApp,
  path: string,
  { maxIngestBytes }: HttpOptions,
  { tensors }: HttpDependencies,
): void {
  scope.post(
    path,
    {
      config: { scope: 'ingest' },
      bodyLimit: maxIngestBytes,
      schema: {
        operationId: 'infer',
        hide: path.includes(':version'),
        summary: 'Run a model on tensors',
        description:
          'Tensors are taken as the model’s file takes them: nothing is scaled. An image model also takes encoded ' +
          'pictures: BYTES of shape [n], base64 in JSON. Tensors may follow the JSON as bytes (binary tensor data extension).',
        tags,
        params: paramsSchema,
        response: {
          200: writtenAnswer('The outputs', 'application/json', z.looseObject({ model_name: z.string() })),
          ...errorAnswers,
        },
      },
    },
    async (request, reply) => {
      const model = requireModel(tensors, request.params);
      const body = Buffer.isBuffer(request.body) ? request.body : new Uint8Array();
      const infer = readInferRequest(body, headerBytesOf(request));
      const answer = writeInferAnswer(model, infer, await run(tensors, model, infer));
      if (answer.headerBytes === undefined) return await reply.type(JSON_TYPE).send(answer.body);
      reply.header(HEADER_LENGTH, answer.headerBytes);
      return await reply.type('application/octet-stream').send(answer.body);
    },
  );
}

async function run(
  tensors: TensorInference,
  model: TensorModel,
  { input }: InferRequest,
): Promise<TensorOutputs> {
  if (input.name !== model.input.name) {
    throw new HttpProblem(
      400,
      `inputs.0: model ${model.name} has no input ${input.name}, but ${model.input.name}`,
    );
  }
  const [items = 0, ...itemShape] = input.shape;
  if (items > MAX_ITEMS) throw new HttpProblem(413, `inputs.0: send at most ${MAX_ITEMS} items at a time`);
  if (input.datatype === 'BYTES') {
    if (model.takesImages) return await tensors.runImages(model.name, input.items);
    throw new HttpProblem(400, `inputs.0: model ${model.name} takes FP32, not BYTES`);
  }
  const wanted = model.input.shape.slice(1);
  if (wanted.join() !== itemShape.join()) {
    throw new HttpProblem(
      400,
      `inputs.0: model ${model.name} takes shape [-1, ${wanted.join(', ')}], not [${input.shape.join(', ')}]`,
    );
  }
  const length = input.values.length / items;
  const rows = Array.from({ length: items }, (_, row) =>
    input.values.subarray(row * length, (row + 1) * length),
  );
  return await tensors.run(model.name, rows);
}

function requireModel(
  { models }: TensorInference,
  { model, version }: z.infer<typeof paramsSchema>,
): TensorModel {
  const found = models.find(({ name }) => name === model);
  if (found === undefined) throw new HttpProblem(404, `There is no model ${model.slice(0, 64)}`);
  if (version === undefined || version === found.version) return found;
  throw new HttpProblem(404, `Model ${model} is in service in version ${found.version} only`);
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

function headerBytesOf({ headers }: FastifyRequest): number | undefined {
  const text = headers[HEADER_LENGTH];
  return text === undefined ? undefined : Number(text);
}

function sendError(
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
