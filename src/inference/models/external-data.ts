import protobuf from 'protobufjs/minimal.js';
import { GatewayError } from '../../shared/errors.js';

/**
 * Messages of an ONNX file in which tensors may lie, with the field numbers that lead to them (onnx.proto3). Whatever else a file
 * holds is passed on byte by byte.
 */
const LEADS_TO: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
};
const TENSOR = { name: 8, rawData: 9, externalData: 13, dataLocation: 14 } as const;
const ENTRY = { key: 1, value: 2 } as const;
/** `TensorProto.DataLocation` of values that are not in the model file. */
export const EXTERNAL = 1;
const BYTES_TYPE = 2;
const VARINT_TYPE = 0;
/** What a protobuf message may hold. */
const MAX_BYTES = 2 ** 31 - 1;

/** Where the values of a tensor lie that are not in the model file itself. */
interface ExternalData {
  readonly tensor: string;
  readonly entries: ReadonlyMap<string, string>;
}

type Files = ReadonlyMap<string, Uint8Array>;

/**
 * Names of the files in which a model keeps values that are not in it, as the model gives them: unchecked text. `undefined` when
 * the bytes are no ONNX model.
 *
 * @throws GatewayError `MODEL_INVALID` when values lie elsewhere and nothing says where
 */
export function externalFilesOf(model: Uint8Array): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  try {
    rewriteMessage(model, 'model', (data) => {
      names.add(locationOf(data));
      return new Uint8Array();
    });
    return names;
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    return undefined;
  }
}

/**
 * A model with those values in it, so that ONNX Runtime, which would look for the files wherever the process was started, opens
 * none. The same bytes where it has no such values.
 *
 * @throws GatewayError `MODEL_INVALID` when values are missing
 */
export function withExternalData(model: Uint8Array, files: Files): Uint8Array {
  let leftBytes = MAX_BYTES - model.length;
  return rewriteMessage(model, 'model', (data) => {
    const values = valuesOf(data, files);
    leftBytes -= values.length;
    if (leftBytes < 0)
      throw new GatewayError('MODEL_INVALID', 'with its external data the model exceeds 2 GB');
    return values;
  });
}

/**
 * Checks a model that is about to be given to ONNX Runtime.
 *
 * @throws GatewayError `MODEL_INVALID` when the bytes are no ONNX model, or name other files
 */
export function requireSelfContained(model: Uint8Array): void {
  const names = externalFilesOf(model);
  if (names === undefined) throw new GatewayError('MODEL_INVALID', 'the bytes are no ONNX model');
  if (names.size === 0) return;
  throw new GatewayError('MODEL_INVALID', 'the model keeps values in other files, which are not read here');
}

/** Copies a message, but for the tensors in it whose values lie elsewhere. */
function rewriteMessage(
  message: Uint8Array,
  kind: string,
  read: (data: ExternalData) => Uint8Array,
): Uint8Array {
  if (kind === 'tensor') return rewriteTensor(message, read);
  const parts: Uint8Array[] = [];
  let copiedTo = 0;
  for (const { field, from, to, body } of fieldsOf(message)) {
    const inner = body === undefined ? undefined : LEADS_TO[kind]?.[field];
    if (body === undefined || inner === undefined) continue;
    const changed = rewriteMessage(body, inner, read);
    if (changed === body) continue;
    parts.push(message.subarray(copiedTo, from), headOf(field, changed.length), changed);
    copiedTo = to;
  }
  return copiedTo === 0 ? message : Buffer.concat([...parts, message.subarray(copiedTo)]);
}

/** References are taken out even where they would count for nothing: parsers merge a message that comes in pieces. */
function rewriteTensor(tensor: Uint8Array, read: (data: ExternalData) => Uint8Array): Uint8Array {
  if (!refersElsewhere(tensor)) return tensor;
  const fields = [...fieldsOf(tensor)];
  const referring = fields.filter(isReference);
  const others = fields.filter((each) => !isReference(each));
  const isExternal = referring.some(
    ({ field, value }) => field === TENSOR.dataLocation && value === EXTERNAL,
  );
  if (!isExternal) return Buffer.concat(others.map(({ from, to }) => tensor.subarray(from, to)));
  const entries = referring.flatMap(({ body }) => (body === undefined ? [] : [entryOf(body)]));
  const values = read({ tensor: nameOf(fields), entries: new Map(entries) });
  return Buffer.concat([
    ...others
      .filter(({ field }) => field !== TENSOR.rawData)
      .map(({ from, to }) => tensor.subarray(from, to)),
    headOf(TENSOR.rawData, values.length),
    values,
  ]);
}

/** Most tensors do not; their fields may be as many as their values. */
function refersElsewhere(tensor: Uint8Array): boolean {
  for (const each of fieldsOf(tensor)) if (isReference(each)) return true;
  return false;
}

function isReference({ field }: Field): boolean {
  return field === TENSOR.externalData || field === TENSOR.dataLocation;
}

function valuesOf(data: ExternalData, files: Files): Uint8Array {
  const location = locationOf(data);
  const file = files.get(location);
  if (file === undefined) throw invalid(data, `lies in "${location}", which is missing`);
  const offsetBytes = numberOf(data, 'offset') ?? 0;
  const lengthBytes = numberOf(data, 'length') ?? Math.max(0, file.length - offsetBytes);
  if (offsetBytes + lengthBytes <= file.length) return file.subarray(offsetBytes, offsetBytes + lengthBytes);
  throw invalid(data, `ends at byte ${offsetBytes + lengthBytes} of "${location}", which has ${file.length}`);
}

function locationOf(data: ExternalData): string {
  const location = data.entries.get('location');
  if (location === undefined) throw invalid(data, 'lies outside of the file, and nothing says where');
  return location;
}

function numberOf(data: ExternalData, key: string): number | undefined {
  const text = data.entries.get(key);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid(data, `has an ${key} that is no number of bytes`);
}

function invalid({ tensor }: ExternalData, words: string): GatewayError {
  return new GatewayError('MODEL_INVALID', `tensor "${tensor}" ${words}`);
}

interface Field {
  readonly field: number;
  /** Of the field in its message, tag included. */
  readonly from: number;
  readonly to: number;
  /** Of a message, text or bytes. */
  readonly body: Uint8Array | undefined;
  /** Of a number: its lower 32 bits. */
  readonly value: number | undefined;
}

function* fieldsOf(message: Uint8Array): Generator<Field> {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const from = reader.pos;
    const tag = reader.uint32();
    const type = tag & 7;
    const body = type === BYTES_TYPE ? reader.bytes() : undefined;
    const valueAt = reader.pos;
    if (body === undefined) reader.skipType(type);
    const value = type === VARINT_TYPE ? lowBitsOf(message.subarray(valueAt, reader.pos)) : undefined;
    yield { field: tag >>> 3, from, to: reader.pos, body, value };
  }
}

/** The lower 32 bits of a number of variable length. */
function lowBitsOf(varint: Uint8Array): number {
  return varint.subarray(0, 5).reduce((value, byte, index) => value | ((byte & 0x7f) << (7 * index)), 0);
}

function entryOf(message: Uint8Array): [string, string] {
  const textOf = (wanted: number): string => {
    const found = [...fieldsOf(message)].findLast(({ field }) => field === wanted);
    return Buffer.from(found?.body ?? []).toString('utf8');
  };
  return [textOf(ENTRY.key), textOf(ENTRY.value)];
}

function nameOf(fields: readonly Field[]): string {
  return Buffer.from(fields.findLast(({ field }) => field === TENSOR.name)?.body ?? []).toString('utf8');
}

/** Tag and length of a field that holds bytes. */
function headOf(field: number, lengthBytes: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32((field << 3) | BYTES_TYPE)
    .uint32(lengthBytes)
    .finish();
}
