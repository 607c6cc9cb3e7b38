import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { TensorInference, TensorModel, TensorOutputs } from '../../domain/tensor-inference.js';
import type { HttpDependencies } from '../dependencies.js';
import { callerOf, type FairShare, withShare } from '../fair-share.js';
import type { HttpApp, HttpOptions } from '../options.js';
import { HttpProblem, writtenAnswer } from '../problem.js';
import { PICTURE_ERRORS } from '../problem-of.js';
import { checkAllButBody } from '../schemas.js';
import {
  errorAnswers,
  HEADER_LENGTH,
  type InferRequest,
  JSON_TYPE,
  paramsSchema,
  readInferRequest,
  requestSchema,
  requireModel,
} from './infer-request.js';

/** For clients to read; the request itself is checked where it is decoded. */
const bodyDescription: unknown = requestSchema;
/** Items of one request at most. */
const MAX_ITEMS = 256;

/** `POST …/infer`: runs a model on tensors, or on encoded pictures. The scope's bodies must come as buffers. */
export function addInferRoute(
  scope: HttpApp,
  path: string,
  { maxIngestBytes }: HttpOptions,
  { tensors }: HttpDependencies,
  pictures: FairShare,
): void {
  scope.post(
    path,
    {
      config: { scope: 'ingest', errors: PICTURE_ERRORS },
      bodyLimit: maxIngestBytes,
      validatorCompiler: checkAllButBody,
      schema: {
        operationId: 'infer',
        hide: path.includes(':version'),
        summary: 'Run a model on tensors',
        description:
          'Tensors are taken as the model’s file takes them: nothing is scaled. An image model also takes encoded ' +
          'pictures: BYTES of shape [n], base64 in JSON. Tensors may follow the JSON as bytes (binary tensor data extension).',
        tags: ['models'],
        params: paramsSchema,
        body: bodyDescription,
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
      const share = { caller: callerOf(request), amount: picturesOf(infer), what: 'pictures' };
      const outputs = await withShare(pictures, share, () => run(tensors, model, infer));
      const answer = writeInferAnswer(model, infer, outputs);
      if (answer.headerBytes === undefined) return await reply.type(JSON_TYPE).send(answer.body);
      reply.header(HEADER_LENGTH, answer.headerBytes);
      return await reply.type('application/octet-stream').send(answer.body);
    },
  );
}

function picturesOf({ input }: InferRequest): number {
  return input.datatype === 'BYTES' ? input.items.length : 0;
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

function headerBytesOf({ headers }: FastifyRequest): number | undefined {
  const text = headers[HEADER_LENGTH];
  return text === undefined ? undefined : Number(text);
}

/** An answer in the Open Inference Protocol, version 2. */
interface InferAnswer {
  readonly body: Buffer;
  /** Length of the JSON where bytes follow it. */
  readonly headerBytes: number | undefined;
}

/** Writes the outputs wanted: as JSON, or as bytes after it where the request asks for that. */
function writeInferAnswer(
  { name, version }: Pick<TensorModel, 'name' | 'version'>,
  request: Pick<InferRequest, 'id' | 'outputs' | 'isBinary'>,
  outputs: TensorOutputs,
): InferAnswer {
  const wanted = request.outputs ?? Object.keys(outputs);
  const binaries: Buffer[] = [];
  const tensors = wanted.map((output) => {
    const values = flatten(outputs[output] ?? missing(output, outputs));
    const rows = outputs[output]?.length ?? 0;
    const tensor = { name: output, datatype: 'FP32', shape: [rows, rows === 0 ? 0 : values.length / rows] };
    if (!request.isBinary(output)) return { ...tensor, data: Array.from(values) };
    binaries.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    return { ...tensor, parameters: { binary_data_size: values.byteLength } };
  });
  const id = request.id === undefined ? {} : { id: request.id };
  const header = Buffer.from(
    JSON.stringify({ model_name: name, model_version: version, ...id, outputs: tensors }),
  );
  return binaries.length === 0
    ? { body: header, headerBytes: undefined }
    : { body: Buffer.concat([header, ...binaries]), headerBytes: header.length };
}

function flatten(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]?.length ?? 0;
  const all = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) all.set(row, index * width);
  return all;
}

function missing(output: string, outputs: TensorOutputs): never {
  throw new HttpProblem(400, `outputs: there is no ${output}; there are ${Object.keys(outputs).join(', ')}`);
}
