import type {
  Dim,
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValueInfo,
} from './model.js';
import { ATTRIBUTE_TYPES, DATA_TYPES, modelProto } from './onnx-schema.js';

/** IR version 8 goes with operator sets 15 to 18 and is read by every ONNX Runtime since 1.10. */
const IR_VERSION = 8;

/** Writes a model as the bytes of an `.onnx` file. The same model gives the same bytes. */
export function encodeModel(model: OnnxModel): Uint8Array {
  return modelProto
    .encode(
      modelProto.fromObject({
        irVersion: IR_VERSION,
        producerName: model.producer,
        graph: graphMessage(model.graph),
        opsetImport: [{ domain: '', version: model.opset }, ...furtherOpsets(model.graph)],
        metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
      }),
    )
    .finish();
}

/** Operators outside the standard have had one version only. */
function furtherOpsets({ nodes }: OnnxGraph): object[] {
  const domains = new Set(nodes.flatMap(({ domain }) => domain ?? []));
  return [...domains].map((domain) => ({ domain, version: 1 }));
}

function graphMessage(graph: OnnxGraph): object {
  return {
    name: graph.name,
    node: graph.nodes.map(nodeMessage),
    initializer: [...graph.initialisers].map(([name, tensor]) => tensorMessage(tensor, name)),
    input: graph.inputs.map(valueInfoMessage),
    output: graph.outputs.map(valueInfoMessage),
  };
}

function nodeMessage(node: OnnxNode): object {
  return {
    opType: node.opType,
    ...(node.domain === undefined ? {} : { domain: node.domain }),
    input: node.inputs,
    output: node.outputs,
    attribute: Object.entries(node.attributes).map(([name, value]) => ({ name, ...attributeMessage(value) })),
  };
}

function attributeMessage(attribute: OnnxAttribute): object {
  if ('int' in attribute) return { i: attribute.int, type: ATTRIBUTE_TYPES.int };
  if ('float' in attribute) return { f: attribute.float, type: ATTRIBUTE_TYPES.float };
  if ('string' in attribute) return { s: Buffer.from(attribute.string), type: ATTRIBUTE_TYPES.string };
  if ('ints' in attribute) return { ints: attribute.ints, type: ATTRIBUTE_TYPES.ints };
  if ('floats' in attribute) return { floats: attribute.floats, type: ATTRIBUTE_TYPES.floats };
  if ('tensor' in attribute) return { t: tensorMessage(attribute.tensor, ''), type: ATTRIBUTE_TYPES.tensor };
  return { g: graphMessage(attribute.graph), type: ATTRIBUTE_TYPES.graph };
}

function tensorMessage(tensor: OnnxTensor, name: string): object {
  return { name, dims: tensor.dims, dataType: DATA_TYPES[tensor.type], rawData: rawBytes(tensor) };
}

/** ONNX keeps raw tensor data little-endian. */
function rawBytes(tensor: OnnxTensor): Uint8Array {
  const size = { float32: 4, float16: 2, int8: 1, int64: 8 }[tensor.type];
  const bytes = new DataView(new ArrayBuffer(tensor.data.length * size));
  tensor.data.forEach((value, index) => {
    if (tensor.type === 'float32') bytes.setFloat32(index * size, value, true);
    else if (tensor.type === 'float16') bytes.setUint16(index * size, value, true);
    else if (tensor.type === 'int8') bytes.setInt8(index, value);
    else bytes.setBigInt64(index * size, BigInt(value), true);
  });
  return new Uint8Array(bytes.buffer);
}

function valueInfoMessage(info: OnnxValueInfo): object {
  return {
    name: info.name,
    type: { tensorType: { elemType: DATA_TYPES[info.type], shape: { dim: info.dims.map(dimMessage) } } },
  };
}

function dimMessage(dim: Dim): object {
  return typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim };
}
