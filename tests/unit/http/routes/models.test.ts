import { describe, expect, it } from 'vitest';
import { createHttpFixture, sequenceModel } from '../../../helpers/http-fixture.js';

describe('GET /v1/models', () => {
  it('answers the manifests of the models in service', async () => {
    const models = [sequenceModel(), sequenceModel({ name: 'conversation-chest' })];
    await using fixture = await createHttpFixture({ models });
    const response = await fixture.app.inject('/v1/models');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ models, candidates: [] });
  });

  it('names models whose statuses are smoothed, since they learnt no filter', async () => {
    const plain = sequenceModel();
    const filter = {
      calibration: [0, 0].map((bias) => ({ slope: 1, bias })),
      shares: [0.5, 0.5],
      meanDurationMs: 600_000,
      independentMs: 40_000,
      certainty: [0.9, 0.9],
    };
    const targets = plain.targets.map((target) => ({ ...target, filter }));
    const learnt = sequenceModel({ name: 'conversation-chest', targets });
    await using fixture = await createHttpFixture({ models: [plain, learnt] });
    const names = plain.targets.map(({ name }) => name);
    expect((await fixture.app.inject('/v1/models')).json()).toEqual({
      models: [plain, learnt],
      candidates: [],
      withoutFilter: [{ model: plain.name, targets: names }],
    });
    await using filtered = await createHttpFixture({ models: [learnt] });
    expect((await filtered.app.inject('/v1/models')).json()).toEqual({ models: [learnt], candidates: [] });
  });
});
