import { describe, expect, it } from 'vitest';
import { createHttpFixture, sequenceModel } from '../../../helpers/http-fixture.js';

describe('GET /v1/models', () => {
  it('answers the manifests of the models in service', async () => {
    const models = [sequenceModel(), sequenceModel({ name: 'conversation-chest' })];
    await using fixture = await createHttpFixture({ models });
    const response = await fixture.app.inject('/v1/models');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ models, candidates: [] });
  });
});
