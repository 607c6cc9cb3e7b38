import { z } from 'zod';
import type { TensorInference, TensorModel } from '../../domain/tensor-inference.js';
import { parseJson } from '../../shared/text.js';
import type { ErrorForm } from '../error-handling.js';
import { HttpProblem, jsonAnswer } from '../problem.js';

/** Name of the header that says how long the JSON before binary tensors is; of the binary tensor data extension. */
export const HEADER_LENGTH = 'inference-header-content-length';
const FLOAT_BYTES = 4;
const MAX_RANK = 8;

const parametersSchema = z.record(z.string(), z.unknown()).optional();

export const requestSchema = z.object({
  id: z.string().max(1000).optional(),
  parameters: parametersSchema,
  inputs: z
    .array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().positive()).min(1).max(MAX_RANK),
        datatype: z.enum(['FP32', 'BYTES'], { error: 'FP32, or BYTES for encoded pictures' }),
        parameters: parametersSchema,
        data: z.array(z.unknown()).optional(),
      }),
    )
    .length(1, 'models here take one input'),
  outputs: z.array(z.object({ name: z.string(), parameters: parametersSchema })).optional(),
});

type Request = z.infer<typeof requestSchema>;
type Input = Request['inputs'][number];

/** An inference request of the Open Inference Protocol, version 2, with its tensor. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly input: { readonly name: string; readonly shape: readonly number[] } & (
    | { readonly datatype: 'FP32'; readonly values: Float32Array }
    | { readonly datatype: 'BYTES'; readonly items: readonly Uint8Array[] }
  );
  /** Outputs wanted; `undefined`: all. */
  readonly outputs: readonly string[] | undefined;
  /** Whether an output is wanted as bytes after the JSON. */
  readonly isBinary: (output: string) => boolean;
}

/**
 * Reads a request: JSON, or JSON and the bytes of its tensor after it.
 *
 * @param headerBytes length of the JSON, where bytes follow
 * @throws HttpProblem 400
 */
export function readInferRequest(body: Uint8Array, headerBytes: number | undefined): InferRequest {
  if (headerBytes !== undefined && !(headerBytes >= 0 && headerBytes <= body.length)) {
    throw new HttpProblem(400, `${HEADER_LENGTH} is no length within the body`);
  }
  const request = parseRequest(body.subarray(0, headerBytes));
  const [input] = request.inputs;
  if (input === undefined) throw new HttpProblem(400, 'inputs: models here take one input');
  const binary = new Map(request.outputs?.map(({ name, parameters }) => [name, parameters?.['binary_data']]));
  const isBinaryByDefault = request.parameters?.['binary_data_output'] === true;
  return {
    id: request.id,
    input: readTensor(input, headerBytes === undefined ? undefined : body.subarray(headerBytes)),
    outputs: request.outputs?.map(({ name }) => name),
    isBinary: (output) => (binary.get(output) ?? isBinaryByDefault) === true,
  };
}

function parseRequest(bytes: Uint8Array): Request {
  let json: unknown;
  try {
    json = parseJson(bytes);
  } catch {
    throw new HttpProblem(400, 'The request is not JSON');
  }
  const result = requestSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new HttpProblem(400, `${issue?.path.join('.')}: ${issue?.message}`);
}

function readTensor(input: Input, binary: Uint8Array | undefined): InferRequest['input'] {
  const { name, shape, datatype } = input;
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = binaryOf(input, binary);
  if (datatype === 'BYTES') {
    const items = bytes === undefined ? textItems(input) : binaryItems(bytes);
    requireCount(items.length, count, shape);
    return { name, shape, datatype, items };
  }
  const values = bytes === undefined ? numbers(input) : floats(bytes);
  requireCount(values.length, count, shape);
  return { name, shape, datatype, values };
}

/** The tensor's bytes where it is sent as bytes. */
function binaryOf({ parameters, data }: Input, binary: Uint8Array | undefined): Uint8Array | undefined {
  const size = parameters?.['binary_data_size'];
  if (data !== undefined) return undefined;
  if (binary === undefined || typeof size !== 'number' || size !== binary.length) {
    throw new HttpProblem(400, 'inputs.0: there is neither data nor as many bytes as binary_data_size says');
  }
  return binary;
}

function numbers({ data = [] }: Input): Float32Array {
  const flat: unknown[] = data.flat(MAX_RANK);
  if (!flat.every((value) => typeof value === 'number')) {
    throw new HttpProblem(400, 'inputs.0.data: FP32 data are numbers');
  }
  return Float32Array.from(flat);
}

function floats(bytes: Uint8Array): Float32Array {
  if (bytes.length % FLOAT_BYTES !== 0) {
    throw new HttpProblem(400, 'inputs.0: the bytes are no whole number of FP32 values');
  }
  // Copied, because a view must begin at a multiple of four.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

function textItems({ data = [] }: Input): Uint8Array[] {
  const flat: unknown[] = data.flat(MAX_RANK);
  return flat.map((text) => {
    if (typeof text !== 'string') throw new HttpProblem(400, 'inputs.0.data: BYTES data are base64 texts');
    return Buffer.from(text, 'base64');
  });
}

/** Each element is preceded by its length, four bytes, little endian. */
function binaryItems(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const items: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = at + FLOAT_BYTES <= bytes.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    const from = at + FLOAT_BYTES;
    if (from + length > bytes.length) throw new HttpProblem(400, 'inputs.0: an element ends after the bytes');
    items.push(bytes.subarray(from, from + length));
    at = from + length;
  }
  return items;
}

function requireCount(actual: number, expected: number, shape: readonly number[]): void {
  if (actual === expected) return;
  throw new HttpProblem(400, `inputs.0: shape [${shape.join(', ')}] has ${expected} values, ${actual} came`);
}

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
