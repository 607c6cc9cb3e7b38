import protobuf from 'protobufjs/light.js';

/*
 * The messages and field numbers below are a subset of onnx.proto3 of the ONNX project (https://github.com/onnx/onnx),
 * copyright the ONNX Project Contributors, Apache License 2.0. Only what this project reads or writes is listed;
 * protobuf skips other fields.
 */
const fields = (
  entries: Record<string, readonly [type: string, id: number, rule?: 'repeated']>,
): { fields: Record<string, protobuf.IField> } => ({
  fields: Object.fromEntries(
    Object.entries(entries).map(([name, [type, id, rule]]) => [
      name,
      rule === undefined ? { type, id } : { type, id, rule },
    ]),
  ),
});

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: fields({
      irVersion: ['int64', 1],
      producerName: ['string', 2],
      graph: ['GraphProto', 7],
      opsetImport: ['OperatorSetIdProto', 8, 'repeated'],
      metadataProps: ['StringStringEntryProto', 14, 'repeated'],
    }),
    OperatorSetIdProto: fields({ domain: ['string', 1], version: ['int64', 2] }),
    StringStringEntryProto: fields({ key: ['string', 1], value: ['string', 2] }),
    GraphProto: fields({
      node: ['NodeProto', 1, 'repeated'],
      name: ['string', 2],
      initializer: ['TensorProto', 5, 'repeated'],
      input: ['ValueInfoProto', 11, 'repeated'],
      output: ['ValueInfoProto', 12, 'repeated'],
    }),
    NodeProto: fields({
      input: ['string', 1, 'repeated'],
      output: ['string', 2, 'repeated'],
      opType: ['string', 4],
      attribute: ['AttributeProto', 5, 'repeated'],
      domain: ['string', 7],
    }),
    AttributeProto: fields({
      name: ['string', 1],
      f: ['float', 2],
      i: ['int64', 3],
      s: ['bytes', 4],
      t: ['TensorProto', 5],
      g: ['GraphProto', 6],
      floats: ['float', 7, 'repeated'],
      ints: ['int64', 8, 'repeated'],
      type: ['int32', 20],
    }),
    TensorProto: fields({
      dims: ['int64', 1, 'repeated'],
      dataType: ['int32', 2],
      floatData: ['float', 4, 'repeated'],
      int64Data: ['int64', 7, 'repeated'],
      name: ['string', 8],
      rawData: ['bytes', 9],
      dataLocation: ['int32', 14],
    }),
    ValueInfoProto: fields({ name: ['string', 1], type: ['TypeProto', 2] }),
    TypeProto: fields({ tensorType: ['TensorTypeProto', 1] }),
    TensorTypeProto: fields({ elemType: ['int32', 1], shape: ['TensorShapeProto', 2] }),
    TensorShapeProto: fields({ dim: ['DimensionProto', 1, 'repeated'] }),
    DimensionProto: fields({ dimValue: ['int64', 1], dimParam: ['string', 2] }),
  },
});

/** Encoder and decoder of a whole model file. */
export const modelProto: protobuf.Type = root.lookupType('ModelProto');

/** `TensorProto.DataType` of the element types this project uses. */
export const DATA_TYPES = { float32: 1, int8: 3, int64: 7, bool: 9, float16: 10 } as const;

/** `AttributeProto.AttributeType` of the attributes this project uses. */
export const ATTRIBUTE_TYPES = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
} as const;
