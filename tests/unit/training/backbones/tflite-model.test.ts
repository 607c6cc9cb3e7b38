import { describe, expect, it } from 'vitest';
import { readTflite } from '../../../../src/training/backbones/tflite-model.js';

describe('readTflite', () => {
  it.each([
    ['nothing', new Uint8Array()],
    ['another kind of file', Buffer.from('\u0000\u0000\u0000\u0000ONNXsomething else')],
    ['a root that points beyond the file', Buffer.from([0xff, 0xff, 0xff, 0x0f, 0x54, 0x46, 0x4c, 0x33])],
  ])('refuses %s', (_, bytes) => {
    expect(() => readTflite(bytes)).toThrow('not a readable TensorFlow Lite model');
  });

  it('reads tensors, half-precision constants and operators', () => {
    const model = readTflite(smallestModel());
    expect(model.inputs).toEqual([0]);
    expect(model.tensors.map(({ name }) => name)).toEqual(['in', 'half']);
    expect([...(model.tensors[1]?.values ?? [])]).toEqual([1, -2]);
    expect(model.operators).toEqual([
      {
        kind: 'dequantise',
        inputs: [1],
        outputs: [0],
        padding: 'same',
        stride: 1,
        activation: 'none',
      },
    ]);
  });
});

/** A table: values by field; numbers are 32-bit, `byte` one byte, buffers are what a field points to. */
type Field = number | { readonly byte: number } | Buffer;

/** Two tensors and one DEQUANTIZE between them, written by FlatBuffers' rules. */
function smallestModel(): Buffer {
  const half = Buffer.from([0x00, 0x3c, 0x00, 0xc0]);
  const tensors = tableVector([
    table([ints([1]), { byte: 0 }, 0, text('in')]),
    table([ints([2]), { byte: 1 }, 1, text('half')]),
  ]);
  const operators = tableVector([table([0, ints([1]), ints([0])])]);
  const graph = table([tensors, ints([0]), ints([0]), operators]);
  const codes = tableVector([table([{ byte: 6 }])]);
  const buffers = tableVector([table([]), table([vector(half, 4)])]);
  const root = table([3, codes, tableVector([graph]), text(''), buffers]);
  const header = Buffer.alloc(8);
  header.writeUInt32LE(8 + tableStart(root));
  header.write('TFL3', 4, 'latin1');
  return Buffer.concat([header, root]);
}

/** Its list of offsets comes first, whose length its first two bytes say. */
function tableStart(bytes: Buffer): number {
  return bytes.readUInt16LE(0);
}

function table(fields: readonly Field[]): Buffer {
  const list = 4 + fields.length * 2;
  const start = list + (list % 4);
  const own = Buffer.alloc(start + 4 + fields.length * 4);
  own.writeUInt16LE(start, 0);
  own.writeInt32LE(start, start);
  const behind: Buffer[] = [];
  let end = own.length;
  fields.forEach((field, index) => {
    const at = start + 4 + index * 4;
    own.writeUInt16LE(at - start, 4 + index * 2);
    if (typeof field === 'number') own.writeInt32LE(field, at);
    else if (!Buffer.isBuffer(field)) own.writeInt8(field.byte, at);
    else {
      own.writeUInt32LE(end + targetStart(field) - at, at);
      behind.push(field);
      end += field.length;
    }
  });
  return Buffer.concat([own, ...behind]);
}

/** Where a pointer to it must point: tables begin behind their list, vectors at their length. */
const starts = new WeakMap<Buffer, number>();
function targetStart(bytes: Buffer): number {
  return starts.get(bytes) ?? tableStart(bytes);
}

function vector(content: Buffer, count: number): Buffer {
  const bytes = Buffer.alloc(4 + content.length);
  bytes.writeUInt32LE(count);
  content.copy(bytes, 4);
  starts.set(bytes, 0);
  return bytes;
}

function text(value: string): Buffer {
  return vector(Buffer.from(value), value.length);
}

function ints(values: readonly number[]): Buffer {
  const content = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    content.writeInt32LE(value, index * 4);
  });
  return vector(content, values.length);
}

function tableVector(tables: readonly Buffer[]): Buffer {
  const pointers = Buffer.alloc(tables.length * 4);
  let end = 4 + pointers.length;
  tables.forEach((each, index) => {
    pointers.writeUInt32LE(end + tableStart(each) - (4 + index * 4), index * 4);
    end += each.length;
  });
  const bytes = Buffer.concat([vector(pointers, tables.length), ...tables]);
  starts.set(bytes, 0);
  return bytes;
}
