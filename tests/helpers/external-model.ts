import protobuf from 'protobufjs/light.js';
import { encodeModel } from '../../src/training/onnx/encode-model.js';
import { tinyOnnx } from './tiny-model.js';

/** A field of a protobuf message that holds bytes. */
export function fieldOf(field: number, body: Uint8Array): Buffer {
  return Buffer.concat([headOf(field, body.length), body]);
}

/** What such a field begins with: its number and length. */
export function headOf(field: number, lengthBytes: number): Buffer {
  return Buffer.from(
    protobuf.Writer.create()
      .uint32((field << 3) | 2)
      .uint32(lengthBytes)
      .finish(),
  );
}

/** A field that holds a number. */
export function numberField(field: number, value: number): Buffer {
  return Buffer.from(
    protobuf.Writer.create()
      .uint32(field << 3)
      .uint32(value)
      .finish(),
  );
}

export interface Where {
  readonly location: string | undefined;
  readonly offsetBytes?: number;
  /** Instead of the number. */
  readonly offset?: string;
}

/** The tiny model, whose kernel lies in another file from a byte on. */
export function externalKernel({ location, offsetBytes = 0, offset }: Where): {
  model: Buffer;
  file: Buffer;
} {
  const tiny = tinyOnnx();
  const kernel = tiny.graph.initialisers.get('kernel');
  if (kernel?.type !== 'float32') throw new Error('the tiny model has a kernel');
  const others = new Map([...tiny.graph.initialisers].filter(([name]) => name !== 'kernel'));
  const rest = encodeModel({ ...tiny, graph: { ...tiny.graph, initialisers: others } });
  const values = Buffer.from(Uint8Array.from(new Uint8Array(Float32Array.from(kernel.data).buffer)));
  const entries: [string, string | undefined][] = [
    ['location', location],
    ['offset', offset ?? String(offsetBytes)],
    ['length', String(values.length)],
  ];
  const tensor = Buffer.concat([
    ...kernel.dims.map((size) => numberField(1, size)),
    numberField(2, 1),
    fieldOf(8, Buffer.from('kernel')),
    ...entries.flatMap(([key, value]) =>
      value === undefined
        ? []
        : [fieldOf(13, Buffer.concat([fieldOf(1, Buffer.from(key)), fieldOf(2, Buffer.from(value))]))],
    ),
    numberField(14, 1),
  ]);
  // A message that comes in two pieces is merged: the graph gets one initialiser more.
  return {
    model: Buffer.concat([rest, fieldOf(7, fieldOf(5, tensor))]),
    file: Buffer.concat([Buffer.alloc(offsetBytes), values]),
  };
}
