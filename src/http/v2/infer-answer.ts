import type { TensorModel, TensorOutputs } from '../../domain/tensor-inference.js';
import { HttpProblem } from '../problem.js';
import type { InferRequest } from './infer-request.js';

/** An answer in the Open Inference Protocol, version 2. */
export interface InferAnswer {
  readonly body: Buffer;
  /** Length of the JSON where bytes follow it. */
  readonly headerBytes: number | undefined;
}

/** Writes the outputs wanted: as JSON, or as bytes after it where the request asks for that. */
export function writeInferAnswer(
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
