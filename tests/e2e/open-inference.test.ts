import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeColourModel } from '../helpers/colour-model.js';
import { BLUE, jpegOf, RED } from '../helpers/pictures.js';
import { type RunningGateway, startGatewayProcess } from '../helpers/run-cli.js';
import { type TemporaryFolder, temporaryFolder } from '../helpers/temporary-folder.js';
import { tinyAnswer, writeTinyModel } from '../helpers/tiny-model.js';

const inferSchema = z.looseObject({
  outputs: z.array(
    z.looseObject({
      name: z.string(),
      datatype: z.string(),
      shape: z.array(z.number()),
      data: z.array(z.number()),
    }),
  ),
});

describe('Open Inference Protocol', () => {
  let folder: TemporaryFolder;
  let gateway: RunningGateway;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await writeColourModel(folder.path);
    gateway = await startGatewayProcess([`models.dir=${folder.path}`, 'models.active=["tiny","colour"]']);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function get(path: string): Promise<readonly [number, unknown]> {
    const response = await fetch(new URL(path, gateway.http));
    return [response.status, await response.json()];
  }

  const post = (model: string, body: unknown) =>
    fetch(new URL(`/v2/models/${model}/infer`, gateway.http), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  /** A window whose twelve values add up to `sum`. */
  const windowOf = (sum: number): number[] => Array.from({ length: 12 }, () => sum / 12);

  it('tells of the server and its models', async () => {
    expect(await get('/v2')).toMatchObject([200, { name: 'alongside', extensions: ['binary_tensor_data'] }]);
    expect(await get('/v2/health/live')).toEqual([200, { live: true }]);
    expect(await get('/v2/health/ready')).toEqual([200, { ready: true }]);
    expect(await get('/v2/models')).toEqual([200, { models: ['tiny', 'colour'] }]);
    expect(await get('/v2/models/colour/ready')).toEqual([200, { name: 'colour', ready: true }]);
    expect(await get('/v2/models/colour/versions/1')).toEqual([
      200,
      {
        name: 'colour',
        versions: ['1'],
        platform: 'onnxruntime_onnx',
        inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 3, 8, 8] }],
        outputs: [
          { name: 'label', datatype: 'FP32', shape: [-1, 3] },
          { name: 'features', datatype: 'FP32', shape: [-1, -1] },
        ],
      },
    ]);
  });

  it('runs a sequence model on windows', async () => {
    const data = [...windowOf(1), ...windowOf(-2)];
    const response = await post('tiny', {
      id: '42',
      inputs: [{ name: 'window', shape: [2, 4, 3], datatype: 'FP32', data }],
    });
    expect(response.status).toBe(200);
    const answer = inferSchema.parse(await response.json());
    expect(answer).toMatchObject({ model_name: 'tiny', model_version: '1', id: '42' });
    const [output] = answer.outputs;
    expect([output?.name, output?.datatype, output?.shape]).toEqual(['accompanied', 'FP32', [2, 2]]);
    expect(output?.data[1]).toBeCloseTo(tinyAnswer(1), 5);
    expect(output?.data[3]).toBeCloseTo(tinyAnswer(-2), 5);
  });

  it('takes and gives tensors as bytes', async () => {
    const values = Float32Array.from(windowOf(1));
    const header = Buffer.from(
      JSON.stringify({
        inputs: [
          { name: 'window', shape: [1, 4, 3], datatype: 'FP32', parameters: { binary_data_size: 48 } },
        ],
        outputs: [{ name: 'accompanied', parameters: { binary_data: true } }],
      }),
    );
    const response = await fetch(new URL('/v2/models/tiny/infer', gateway.http), {
      method: 'POST',
      headers: {
        'inference-header-content-length': String(header.length),
        'content-type': 'application/octet-stream',
      },
      body: Buffer.concat([header, Buffer.from(values.buffer)]),
    });
    const length = Number(response.headers.get('inference-header-content-length'));
    const body = Buffer.from(await response.arrayBuffer());
    const { outputs } = JSON.parse(body.subarray(0, length).toString());
    expect(outputs).toEqual([
      { name: 'accompanied', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
    ]);
    expect(body.readFloatLE(length + 4)).toBeCloseTo(tinyAnswer(1), 5);
  });

  it('runs an image model on a tensor and on encoded pictures', async () => {
    const tensor = Array.from({ length: 192 }, (_, index) => (index < 64 ? 1 : 0));
    const byTensor = await post('colour', {
      inputs: [{ name: 'image', shape: [1, 3, 8, 8], datatype: 'FP32', data: tensor }],
      outputs: [{ name: 'label' }],
    });
    const [only, ...others] = inferSchema.parse(await byTensor.json()).outputs;
    expect(only?.data[0]).toBeGreaterThan(0.99);
    expect(others).toEqual([]);
    const data = [await jpegOf(RED), await jpegOf(BLUE)].map((jpeg) => jpeg.toString('base64'));
    const byPicture = await post('colour', {
      inputs: [{ name: 'image', shape: [2], datatype: 'BYTES', data }],
    });
    const { outputs } = inferSchema.parse(await byPicture.json());
    expect(outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['label', [2, 3]],
      ['features', [2, 3]],
    ]);
    expect(outputs[0]?.data[0]).toBeGreaterThan(0.9);
    expect(outputs[0]?.data[5]).toBeGreaterThan(0.9);
  });

  it.each<[string, () => Promise<Response>, number, RegExp]>([
    ['a model that is not there', () => post('nobody', {}), 404, /no model nobody/],
    [
      'another version',
      () => fetch(new URL('/v2/models/tiny/versions/9', gateway.http)),
      404,
      /version 1 only/,
    ],
    ['another address', () => fetch(new URL('/v2/nothing', gateway.http)), 404, /nothing at this address/],
    ['no JSON', () => post('tiny', undefined), 400, /not JSON/],
    [
      'another shape',
      () =>
        post('tiny', { inputs: [{ name: 'window', shape: [1, 3, 4], datatype: 'FP32', data: windowOf(1) }] }),
      400,
      /takes shape \[-1, 4, 3\]/,
    ],
    [
      'another input',
      () => post('tiny', { inputs: [{ name: 'w', shape: [1, 4, 3], datatype: 'FP32', data: windowOf(1) }] }),
      400,
      /no input w, but window/,
    ],
    [
      'another output',
      () =>
        post('tiny', {
          inputs: [{ name: 'window', shape: [1, 4, 3], datatype: 'FP32', data: windowOf(1) }],
          outputs: [{ name: 'nothing' }],
        }),
      400,
      /there is no nothing; there are accompanied/,
    ],
    [
      'too many items',
      () =>
        post('tiny', {
          inputs: [{ name: 'window', shape: [300, 4, 3], datatype: 'FP32', data: Array(3600).fill(0) }],
        }),
      413,
      /at most 256/,
    ],
    [
      'a picture for a sequence model',
      () => post('tiny', { inputs: [{ name: 'window', shape: [1], datatype: 'BYTES', data: ['AAAA'] }] }),
      400,
      /takes FP32/,
    ],
    [
      'what is no picture',
      () => post('colour', { inputs: [{ name: 'image', shape: [1], datatype: 'BYTES', data: ['AAAA'] }] }),
      415,
      /no JPEG/,
    ],
  ])('refuses %s', async (_, send, status, words) => {
    const response = await send();
    expect(await response.json()).toEqual({ error: expect.stringMatching(words) });
    expect(response.status).toBe(status);
  });
});
