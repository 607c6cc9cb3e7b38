import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeColourModel } from '../helpers/colour-model.js';
import { BLUE, GREEN, jpegOf, plain, pngBomb, RED } from '../helpers/pictures.js';
import { type RunningGateway, startGatewayProcess } from '../helpers/run-cli.js';
import { type TemporaryFolder, temporaryFolder } from '../helpers/temporary-folder.js';
import { writeTinyModel } from '../helpers/tiny-model.js';

const labelsSchema = z.array(z.object({ label: z.string(), probability: z.number() }));
const answerSchema = z.object({
  model: z.string(),
  labels: labelsSchema.optional(),
  embedding: z.array(z.number()).optional(),
  timings: z.object({ decodeMs: z.number(), inferMs: z.number(), totalMs: z.number() }).optional(),
  images: z
    .array(
      z.object({
        name: z.string().nullable(),
        labels: labelsSchema.optional(),
        error: z.object({ status: z.number(), detail: z.string() }).optional(),
      }),
    )
    .optional(),
});

describe('POST /v1/apparel/classify', () => {
  let folder: TemporaryFolder;
  let gateway: RunningGateway;
  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await writeColourModel(folder.path);
    await writeColourModel(folder.path, { name: 'brand', classes: ['acme', 'other', 'none'] });
    gateway = await startGatewayProcess([
      `models.dir=${folder.path}`,
      'models.active=["tiny","colour","brand"]',
      'apparel.maxImagesPerRequest=4',
    ]);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function post(body: Uint8Array | FormData, query = '', type: string | undefined = 'image/jpeg') {
    const headers = body instanceof FormData ? {} : { headers: { 'content-type': type } };
    const url = new URL(`/v1/apparel/classify${query}`, gateway.http);
    return await fetch(url, { method: 'POST', body, ...headers });
  }

  const classify = async (...args: Parameters<typeof post>) => {
    const response = await post(...args);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ]);
    return answerSchema.parse(await response.json());
  };

  function formOf(...files: readonly (readonly [string, Uint8Array])[]): FormData {
    const form = new FormData();
    for (const [name, bytes] of files) form.append('image', new Blob([bytes]), name);
    return form;
  }

  it('says what is on a picture', async () => {
    const answer = await classify(await jpegOf(GREEN, 1000, 1000));
    expect(answer.model).toBe('colour');
    expect(answer.labels?.[0]?.label).toBe('green');
    expect(answer.labels?.[0]?.probability).toBeGreaterThan(0.99);
    expect(answer.labels).toHaveLength(3);
    expect(answer.timings?.totalMs).toBeGreaterThan(0);
    expect(answer.embedding).toBeUndefined();
    expect(answer.images).toBeUndefined();
  });

  it.each(['png', 'webp'] as const)('reads %s', async (format) => {
    const answer = await classify(await plain(BLUE).toFormat(format).toBuffer(), '', `image/${format}`);
    expect(answer.labels?.[0]?.label).toBe('blue');
  });

  it('answers the first labels, and the embedding, where asked', async () => {
    const answer = await classify(await jpegOf(RED), '?top=1&embedding=true');
    expect(answer.labels).toHaveLength(1);
    expect(answer.embedding).toHaveLength(3);
    expect(Math.hypot(...(answer.embedding ?? []))).toBeCloseTo(1, 4);
  });

  it('asks another model by its name', async () => {
    const answer = await classify(await jpegOf(RED), '?model=brand');
    expect([answer.model, answer.labels?.[0]?.label]).toEqual(['brand', 'acme']);
  });

  it('takes several pictures in a form, and says of each what it is or why not', async () => {
    const answer = await classify(
      formOf(
        ['a.jpg', await jpegOf(RED)],
        ['b.txt', Buffer.from('no picture')],
        ['c.jpg', await jpegOf(BLUE)],
      ),
    );
    expect(
      answer.images?.map(({ name, labels, error }) => [name, labels?.[0]?.label, error?.status]),
    ).toEqual([
      ['a.jpg', 'red', undefined],
      ['b.txt', undefined, 415],
      ['c.jpg', 'blue', undefined],
    ]);
    expect(answer.labels).toBeUndefined();
  });

  it('answers a form with one picture as it answers the picture itself', async () => {
    const answer = await classify(formOf(['a.jpg', await jpegOf(RED)]));
    expect(answer.labels?.[0]?.label).toBe('red');
    expect(answer.images).toHaveLength(1);
  });

  it.each<[string, () => Promise<Response> | Response, number, RegExp]>([
    ['a text', () => post(Buffer.from('hello')), 415, /no JPEG, PNG or WebP/],
    ['an empty body', () => post(new Uint8Array()), 400, /no picture/],
    [
      'a GIF',
      async () => post(await plain(RED).gif().toBuffer(), '', 'image/gif'),
      415,
      /no JPEG, PNG or WebP/,
    ],
    ['another content type', async () => post(await jpegOf(RED), '', 'text/plain'), 415, /content type/],
    ['half a picture', async () => post((await jpegOf(RED, 640, 480)).subarray(0, 700)), 422, /damaged/],
    ['one pixel', async () => post(await jpegOf(RED, 1, 1)), 422, /at least 16 x 16/],
    ['100 megapixels', () => post(pngBomb(10_000, 10_000), '', 'image/png'), 413, /at most 52 million/],
    ['20 MB', () => post(Buffer.alloc(20_000_000)), 413, /larger/],
    ['20 MB in a form', () => post(formOf(['a.jpg', Buffer.alloc(20_000_000)])), 413, /larger/],
    ['an empty form', () => post(formOf()), 400, /no file/],
    [
      'a broken form',
      () => post(Buffer.from('--x\r\nhello'), '', 'multipart/form-data; boundary=x'),
      400,
      /form/,
    ],
    ['a form without a boundary', () => post(Buffer.from('hello'), '', 'multipart/form-data'), 400, /form/],
    ['too many files', () => post(formOf(...Array(5).fill(['a', Buffer.from('a')]))), 413, /at most 4/],
    [
      'a model that is not there',
      async () => post(await jpegOf(RED), '?model=nobody'),
      404,
      /active are: colour, brand/,
    ],
    ['a sequence model', async () => post(await jpegOf(RED), '?model=tiny'), 404, /no image model tiny/],
    ['a strange number', async () => post(await jpegOf(RED), '?top=0'), 400, /top/],
  ])('refuses %s', async (_, send, status, words) => {
    const response = await send();
    const problem: unknown = await response.json();
    expect(problem).toMatchObject({ status, detail: expect.stringMatching(words) });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });
});
