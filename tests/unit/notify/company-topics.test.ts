import { describe, expect, it } from 'vitest';
import { CompanyTopics } from '../../../src/notify/company-topics.js';
import { deviceId, makeCompany } from '../../helpers/make-results.js';

const [anna, ben] = [deviceId('anna'), deviceId('ben')];

function setUp() {
  const retained = new Map<string, string>();
  const publisher = {
    publish: (topic: string, payload: string) => {
      retained.set(topic, payload);
      return Promise.resolve();
    },
  };
  const topics = new CompanyTopics({ publisher, onFailed: () => undefined });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { topics, retained, settled };
}

const update = (other: string, status: 'together' | 'apart', probability = 0.9) => ({
  ...makeCompany({ device: anna, with: deviceId(other), status, probability, sinceMs: 1000 }),
  atMs: 2000,
});

describe(CompanyTopics, () => {
  it('retains with whom a device is, the most probable first, and that it is with nobody any more', async () => {
    const { topics, retained, settled } = setUp();
    topics.accept(update('ben', 'together', 0.9));
    topics.accept(update('cleo', 'together', 0.95));
    await settled();
    expect(JSON.parse(retained.get('alongside/anna/company') ?? '')).toEqual({
      device: 'anna',
      count: 2,
      atMs: 2000,
      company: [
        { with: 'cleo', sinceMs: 1000, probability: 0.95 },
        { with: 'ben', sinceMs: 1000, probability: 0.9 },
      ],
    });
    topics.accept(update('ben', 'apart'));
    topics.accept(update('cleo', 'apart'));
    await settled();
    expect(JSON.parse(retained.get('alongside/anna/company') ?? '')).toMatchObject({ company: [], count: 0 });
  });

  it('names fifty of a thousand on one bus, and says how many there are', async () => {
    const { topics, retained, settled } = setUp();
    for (let index = 0; index < 999; index++) topics.accept(update(`phone-${index}`, 'together'));
    await settled();
    const payload = JSON.parse(retained.get('alongside/anna/company') ?? '');
    expect([payload.company.length, payload.count]).toEqual([50, 999]);
  });

  it('ends the retention of a device that is forgotten', async () => {
    const { topics, retained } = setUp();
    topics.accept(update('ben', 'together'));
    await topics.forget(anna);
    expect(retained.get('alongside/anna/company')).toBe('');
    await topics.forget(ben);
    expect(retained.get('alongside/ben/company')).toBe('');
  });
});
