import { describe, expect, it } from 'vitest';
import type { Classification, ImageClassifier } from '../../../../src/domain/image.js';
import { GatewayError } from '../../../../src/shared/errors.js';
import { createHttpFixture } from '../../../helpers/http-fixture.js';

const ANSWER: Classification = {
  model: 'apparel',
  modelVersion: '1',
  labels: [
    { label: 'hat', probability: 0.9 },
    { label: 'shoe', probability: 0.1 },
  ],
  people: undefined,
  embedding: undefined,
  timings: { decodeMs: 1, inferMs: 2, totalMs: 3 },
};

function classifierOf(overrides: Partial<ImageClassifier> = {}): ImageClassifier {
  return {
    hasRoom: true,
    classify: () => Promise.resolve(ANSWER),
    embedWorn: () => Promise.reject(new Error('not asked for')),
    run: () => Promise.reject(new Error('not asked for')),
    ...overrides,
  };
}

async function post(images: ImageClassifier, query = '') {
  await using fixture = await createHttpFixture({ images });
  const response = await fixture.app.inject({
    method: 'POST',
    url: `/v1/apparel/classify${query}`,
    headers: { 'content-type': 'image/jpeg' },
    payload: Buffer.from('picture'),
  });
  return { response, failures: fixture.failures };
}

describe('POST /v1/apparel/classify', () => {
  it('answers what the classifier says', async () => {
    const { response } = await post(classifierOf(), '?top=1');
    expect(response.json()).toEqual({
      model: 'apparel',
      labels: [{ label: 'hat', probability: 0.9 }],
      timings: { decodeMs: 1, inferMs: 2, totalMs: 3 },
    });
  });

  it('turns pictures away before they are read while there is no room', async () => {
    const classify = (): never => {
      throw new Error('must not be asked');
    };
    const { response } = await post(classifierOf({ hasRoom: false, classify }));
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '1']);
  });

  it('says when to come back if the room was taken meanwhile', async () => {
    const full = new GatewayError('QUEUE_FULL', 'full', { retryable: true, retryAfterMs: 1500 });
    const { response } = await post(classifierOf({ classify: () => Promise.reject(full) }));
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '2']);
  });

  it('says that a model has no embedding', async () => {
    const { response } = await post(classifierOf(), '?embedding=true');
    expect([response.statusCode, response.json().detail]).toEqual([
      400,
      'model apparel has no embedding: its manifest names no feature tensor',
    ]);
  });

  it('reports what nobody planned for, and tells the client nothing of it', async () => {
    const bug = new TypeError('secret inner text');
    const { response, failures } = await post(classifierOf({ classify: () => Promise.reject(bug) }));
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('secret');
    expect(failures).toEqual([bug]);
  });
});
