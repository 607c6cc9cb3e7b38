import { z } from 'zod';
import { EXTERNAL } from '../../inference/models/external-data.js';
import { GatewayError, messageOf } from '../../shared/errors.js';
import type { ElementType, OnnxAttribute, OnnxGraph, OnnxModel, OnnxTensor, OnnxValueInfo } from './model.js';
import { ATTRIBUTE_TYPES, DATA_TYPES, modelProto } from './onnx-schema.js';

const bytes = z.instanceof(Uint8Array);
/** Infinite ones are numbers, too: Clip and Pad have them. */
const float = z.custom<number>((value) => typeof value === 'number');

const tensorMessage = z.object({
  name: z.string().default(''),
  dims: z.array(z.number()).default([]),
  dataType: z.number(),
  floatData: z.array(float).optional(),
  int64Data: z.array(z.number()).optional(),
  rawData: bytes.optional(),
  dataLocation: z.number().optional(),
});
type TensorMessage = z.infer<typeof tensorMessage>;

const valueInfoMessage = z.object({
  name: z.string(),
  type: z.object({
    tensorType: z.object({
      elemType: z.number(),
      shape: z
        .object({
          dim: z
            .array(z.object({ dimValue: z.number().optional(), dimParam: z.string().optional() }))
            .default([]),
        })
        .default({ dim: [] }),
    }),
  }),
});

const attributeMessage = z.object({
  name: z.string(),
  type: z.number(),
  f: float.default(0),
  i: z.number().default(0),
  s: bytes.default(() => new Uint8Array()),
  t: tensorMessage.optional(),
  floats: z.array(float).default([]),
  ints: z.array(z.number()).default([]),
  get g(): z.ZodOptional<typeof graphMessage> {
    return z.optional(graphMessage);
  },
});

const graphMessage = z.object({
  name: z.string().default(''),
  get node(): z.ZodDefault<z.ZodArray<typeof nodeMessage>> {
    return z.array(nodeMessage).default([]);
  },
  initializer: z.array(tensorMessage).default([]),
  input: z.array(valueInfoMessage).default([]),
  output: z.array(valueInfoMessage).default([]),
});

const nodeMessage = z.object({
  opType: z.string(),
  domain: z.string().default(''),
  input: z.array(z.string()).default([]),
  output: z.array(z.string()).default([]),
  get attribute(): z.ZodDefault<z.ZodArray<typeof attributeMessage>> {
    return z.array(attributeMessage).default([]);
  },
});

const modelMessage = z.object({
  producerName: z.string().default(''),
  graph: graphMessage,
  opsetImport: z.array(z.object({ domain: z.string().default(''), version: z.number() })),
  metadataProps: z.array(z.object({ key: z.string(), value: z.string().default('') })).default([]),
});

/**
 * Reads the bytes of an `.onnx` file.
 *
 * @throws GatewayError `MODEL_INVALID` when the bytes are no ONNX model, or hold element types or attributes other than
 * those of {@link OnnxModel}
 */
export function decodeModel(file: Uint8Array): OnnxModel {
  try {
    const message = modelMessage.parse(modelProto.toObject(modelProto.decode(file), { longs: Number }));
    return {
      graph: readGraph(message.graph),
      opset: message.opsetImport.find((entry) => entry.domain === '')?.version ?? 1,
      producer: message.producerName,
      metadata: Object.fromEntries(message.metadataProps.map(({ key, value }) => [key, value])),
    };
  } catch (error) {
    throw new GatewayError('MODEL_INVALID', `not a readable ONNX model: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function readGraph(message: z.infer<typeof graphMessage>): OnnxGraph {
  return {
    name: message.name,
    nodes: message.node.map((node) => ({
      opType: node.opType,
      ...(node.domain === '' ? {} : { domain: node.domain }),
      inputs: node.input,
      outputs: node.output,
      attributes: Object.fromEntries(node.attribute.map((entry) => [entry.name, readAttribute(entry)])),
    })),
    inputs: message.input.map(readValueInfo),
    outputs: message.output.map(readValueInfo),
    initialisers: new Map(message.initializer.map((tensor) => [tensor.name, readTensor(tensor)])),
  };
}

function readAttribute(message: z.infer<typeof attributeMessage>): OnnxAttribute {
  switch (message.type) {
    case ATTRIBUTE_TYPES.int:
      return { int: message.i };
    case ATTRIBUTE_TYPES.float:
      return { float: message.f };
    case ATTRIBUTE_TYPES.string:
      return { string: Buffer.from(message.s).toString('utf8') };
    case ATTRIBUTE_TYPES.ints:
      return { ints: message.ints };
    case ATTRIBUTE_TYPES.floats:
      return { floats: message.floats };
  }
  if (message.type === ATTRIBUTE_TYPES.tensor && message.t) return { tensor: readTensor(message.t) };
  if (message.type === ATTRIBUTE_TYPES.graph && message.g) return { graph: readGraph(message.g) };
  throw new Error(`attribute "${message.name}" has type ${message.type}, which is not supported`);
}

function readTensor(message: TensorMessage): OnnxTensor {
  const { dims } = message;
  if (message.dataLocation === EXTERNAL) {
    throw new Error(`tensor "${message.name}" lies in another file; write the model as one file`);
  }
  if (message.dataType === DATA_TYPES.float32) return { type: 'float32', dims, data: readFloats(message) };
  if (message.dataType === DATA_TYPES.int64) return { type: 'int64', dims, data: readIntegers(message) };
  if (message.dataType === DATA_TYPES.int8) return { type: 'int8', dims, data: readBytes(message) };
  if (message.dataType === DATA_TYPES.float16) return { type: 'float16', dims, data: readHalves(message) };
  throw new Error(
    `tensor "${message.name}" has element type ${message.dataType}; float32 (1), int8 (3), int64 (7) and float16 (10) are read`,
  );
}

function readFloats(message: TensorMessage): Float32Array {
  if (message.rawData === undefined) return Float32Array.from(message.floatData ?? []);
  const view = viewOf(message.rawData);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, index) => view.getFloat32(index * 4, true));
}

function readHalves(message: TensorMessage): Uint16Array {
  const view = viewOf(message.rawData ?? new Uint8Array());
  return Uint16Array.from({ length: view.byteLength / 2 }, (_, index) => view.getUint16(index * 2, true));
}

function readBytes({ rawData = new Uint8Array() }: TensorMessage): Int8Array {
  return Int8Array.from(rawData);
}

function readIntegers(message: TensorMessage): number[] {
  if (message.rawData === undefined) return message.int64Data ?? [];
  const view = viewOf(message.rawData);
  return Array.from({ length: view.byteLength / 8 }, (_, index) => Number(view.getBigInt64(index * 8, true)));
}

function viewOf(raw: Uint8Array): DataView {
  return new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
}

function readValueInfo(message: z.infer<typeof valueInfoMessage>): OnnxValueInfo {
  const { elemType, shape } = message.type.tensorType;
  return {
    name: message.name,
    type: elementTypeOf(elemType),
    dims: shape.dim.map((dim) => dim.dimParam || (dim.dimValue ?? 0)),
  };
}

function elementTypeOf(code: number): ElementType {
  const found = Object.entries(DATA_TYPES).find(([, value]) => value === code);
  const name = found?.[0];
  if (name === 'float32' || name === 'float16' || name === 'int8' || name === 'int64' || name === 'bool')
    return name;
  throw new Error(`element type ${code} is not supported`);
}
