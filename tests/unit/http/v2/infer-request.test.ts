import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpProblem } from '../../../../src/http/problem.js';
import { type InferRequest, readInferRequest } from '../../../../src/http/v2/infer-request.js';

function requestOf(
  input: Readonly<Record<string, unknown>>,
  rest: Readonly<Record<string, unknown>> = {},
): Buffer {
  const complete = { name: 'x', shape: [2, 2], datatype: 'FP32', ...input };
  return Buffer.from(JSON.stringify({ ...rest, inputs: [complete] }));
}

/** JSON and bytes after it, as clients of the binary tensor data extension send them. */
function readBinary(input: Readonly<Record<string, unknown>>, bytes: Uint8Array): InferRequest {
  const header = requestOf({ parameters: { binary_data_size: bytes.length }, ...input });
  return readInferRequest(Buffer.concat([header, bytes]), header.length);
}

function valuesOf({ input }: InferRequest): number[] {
  return input.datatype === 'FP32' ? [...input.values] : [];
}

function itemsOf({ input }: InferRequest): string[] {
  return input.datatype === 'BYTES' ? input.items.map((item) => Buffer.from(item).toString()) : [];
}

describe(readInferRequest, () => {
  it.each([
    ['flat', [1, 2, 3, 4]],
    [
      'nested',
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ])('reads %s numbers', (_, data) => {
    expect(valuesOf(readInferRequest(requestOf({ data }), undefined))).toEqual([1, 2, 3, 4]);
  });

  it('reads pictures as base64', () => {
    const data = ['one', 'two'].map((text) => Buffer.from(text).toString('base64'));
    const request = readInferRequest(requestOf({ datatype: 'BYTES', shape: [2], data }), undefined);
    expect(itemsOf(request)).toEqual(['one', 'two']);
  });

  it('reads whatever numbers were written as bytes, wherever they begin', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ minLength: 1, maxLength: 20, noNaN: true }),
        fc.string(),
        (values, id) => {
          const header = requestOf(
            { shape: [values.length], parameters: { binary_data_size: values.byteLength } },
            { id: id.slice(0, 20) },
          );
          const body = Buffer.concat([
            header,
            Buffer.from(values.buffer, values.byteOffset, values.byteLength),
          ]);
          expect(valuesOf(readInferRequest(body, header.length))).toEqual([...values]);
        },
      ),
    );
  });

  it('reads pictures as bytes, each after its length', () => {
    const bytes = Buffer.concat([Buffer.from([3, 0, 0, 0]), Buffer.from('one'), Buffer.from([0, 0, 0, 0])]);
    expect(itemsOf(readBinary({ datatype: 'BYTES', shape: [2] }, bytes))).toEqual(['one', '']);
  });

  it('knows which outputs are wanted, and how', () => {
    const outputs = [{ name: 'a', parameters: { binary_data: true } }, { name: 'b' }];
    const data = [1, 2, 3, 4];
    const request = readInferRequest(requestOf({ data }, { id: '7', outputs }), undefined);
    expect([request.id, request.outputs, request.isBinary('a'), request.isBinary('b')]).toEqual([
      '7',
      ['a', 'b'],
      true,
      false,
    ]);
    const all = readInferRequest(
      requestOf({ data }, { parameters: { binary_data_output: true } }),
      undefined,
    );
    expect([all.outputs, all.isBinary('any')]).toEqual([undefined, true]);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['no JSON', () => readInferRequest(Buffer.from('{'), undefined), /not JSON/],
    ['nothing', () => readInferRequest(new Uint8Array(), undefined), /not JSON/],
    ['no input', () => readInferRequest(Buffer.from('{"inputs":[]}'), undefined), /one input/],
    [
      'another datatype',
      () => readInferRequest(requestOf({ datatype: 'INT8', data: [1] }), undefined),
      /FP32/,
    ],
    ['too few numbers', () => readInferRequest(requestOf({ data: [1] }), undefined), /has 4 values, 1 came/],
    ['words for numbers', () => readInferRequest(requestOf({ data: ['a', 2, 3, 4] }), undefined), /numbers/],
    ['a shape of zeros', () => readInferRequest(requestOf({ shape: [0, 2], data: [] }), undefined), /shape/],
    ['no data', () => readInferRequest(requestOf({}), undefined), /neither data nor/],
    [
      'too few bytes',
      () => readBinary({ parameters: { binary_data_size: 16 } }, Buffer.alloc(8)),
      /as many bytes/,
    ],
    ['half a number', () => readBinary({}, Buffer.alloc(15)), /whole number/],
    [
      'a picture cut short',
      () => readBinary({ datatype: 'BYTES', shape: [1] }, Buffer.from([9, 0, 0, 0, 1])),
      /ends after/,
    ],
    ['a header longer than the body', () => readInferRequest(requestOf({}), 1e6), /no length within/],
    ['a header of no length', () => readInferRequest(requestOf({}), Number.NaN), /no length within/],
  ])('refuses %s', (_, read, words) => {
    expect(read).toThrow(HttpProblem);
    expect(read).toThrow(words);
  });

  it('answers any bytes with a problem, never with another error', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.option(fc.integer({ min: -5, max: 300 })),
        (body, header) => {
          try {
            readInferRequest(body, header ?? undefined);
          } catch (error) {
            expect(error).toBeInstanceOf(HttpProblem);
          }
        },
      ),
    );
  });
});
