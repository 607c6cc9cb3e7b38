import { describe, expect, it } from 'vitest';
import {
  createHttpFixture,
  deviceId,
  NOW_MS,
  PHONE,
  sequenceModel,
  storedWindow,
} from '../../../helpers/http-fixture.js';

const OTHER = deviceId('phone-2');
const models = [sequenceModel()];
const candidates = [sequenceModel({ name: 'rival', version: '2' })];

/** Ten windows of both models on two phones; the rival says something else in the last three of the first phone. */
async function fixture() {
  const created = await createHttpFixture({ models, candidates });
  for (const device of [PHONE, OTHER]) {
    for (let n = 0; n < 10; n++) {
      const endMs = NOW_MS - 20_000 + n * 1280;
      const rival = device === PHONE && n >= 7 ? 0.1 : 0.8;
      created.store.windowList.push(
        storedWindow({ device, endMs, probabilities: { accompanied: 0.9, conversation: 0.1 } }),
        storedWindow({
          device,
          endMs,
          model: 'rival',
          probabilities: { accompanied: rival, conversation: 0.1 },
        }),
      );
    }
  }
  return created;
}

describe('GET /v1/models/:name/disagreement', () => {
  it('says how often and when a candidate disagrees', async () => {
    await using http = await fixture();
    const response = await http.app.inject('/v1/models/rival/disagreement');
    expect(response.statusCode).toBe(200);
    const answer = response.json();
    expect(answer).toMatchObject({ candidate: 'rival', version: '2', truncated: false });
    expect(answer.targets).toMatchObject([
      {
        target: 'accompanied',
        model: 'accompany-demo',
        windows: 20,
        disagreements: 3,
        rate: 0.15,
        onlyModel: 3,
      },
      { target: 'conversation', windows: 20, disagreements: 0, rate: 0 },
    ]);
    expect(answer.intervals).toEqual([
      {
        device: PHONE,
        target: 'accompanied',
        fromMs: NOW_MS - 20_000 + 6 * 1280,
        toMs: NOW_MS - 20_000 + 9 * 1280,
        model: 'yes',
        candidate: 'no',
        windows: 3,
      },
    ]);
  });

  it('looks at one device, and gives as many intervals as wanted', async () => {
    await using http = await fixture();
    const one = await http.app.inject(`/v1/models/rival/disagreement?device=${OTHER}`);
    expect(one.json().targets[0]).toMatchObject({ windows: 10, disagreements: 0 });
    const none = await http.app.inject('/v1/models/rival/disagreement?limit=0');
    expect(none.json()).toMatchObject({ intervals: [], truncated: true });
  });

  it('says that there is nothing to compare', async () => {
    await using http = await fixture();
    const past = await http.app.inject('/v1/models/rival/disagreement?from=0&to=1000');
    expect(past.json().targets[0]).toMatchObject({ windows: 0, rate: null, meanDifference: null });
  });

  it('answers 404 for a model that is no candidate, and 400 for a wrong device', async () => {
    await using http = await fixture();
    expect((await http.app.inject('/v1/models/accompany-demo/disagreement')).statusCode).toBe(404);
    expect((await http.app.inject('/v1/models/rival/disagreement?device=a/b')).statusCode).toBe(400);
  });
});

describe('what candidates find', () => {
  it('is not among the windows of a device unless it is asked for', async () => {
    await using http = await fixture();
    const modelsOf = async (query: string): Promise<string[]> => {
      const { windows } = (await http.app.inject(`/v1/devices/${PHONE}/windows${query}`)).json();
      return [...new Set<string>(windows.map(({ model }: { model: string }) => model))];
    };
    expect(await modelsOf('')).toEqual(['accompany-demo']);
    expect(await modelsOf('?model=rival')).toEqual(['rival']);
  });

  it('shows in the list of models', async () => {
    await using http = await fixture();
    const answer = (await http.app.inject('/v1/models')).json();
    expect(answer.models.map(({ name }: { name: string }) => name)).toEqual(['accompany-demo']);
    expect(answer.candidates.map(({ name }: { name: string }) => name)).toEqual(['rival']);
  });
});
