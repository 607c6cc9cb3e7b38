import { describe, expect, it } from 'vitest';
import type { ApparelPoint } from '../../../src/domain/store.js';
import { ApparelTopics } from '../../../src/notify/apparel-topics.js';
import { deviceId, makeApparel } from '../../helpers/make-results.js';

const anna = deviceId('anna');
const TOPIC = 'alongside/anna/apparel';

function setUp() {
  const retained = new Map<string, string>();
  const publisher = {
    publish: (topic: string, payload: string) => {
      retained.set(topic, payload);
      return Promise.resolve();
    },
  };
  const topics = new ApparelTopics({ publisher, onFailed: () => undefined });
  const said = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return JSON.parse(retained.get(TOPIC) ?? 'null');
  };
  return { topics, retained, said };
}

const seen = (atMs: number, label: string, probability: number, more: Partial<ApparelPoint> = {}) =>
  makeApparel({ device: anna, atMs, label, probability, ...more });

describe(ApparelTopics, () => {
  it('retains all that the people of a frame wear, the likeliest first', async () => {
    const { topics, said } = setUp();
    const model = 'apparel-worn';
    topics.accept({
      apparel: [
        seen(1000, 'hat', 0.4, { people: [2], model }),
        seen(1000, 'pants', 0.9, { people: [1, 2], model }),
      ],
    });
    expect(await said()).toEqual({
      device: 'anna',
      atMs: 1000,
      label: 'pants',
      probability: 0.9,
      worn: ['pants', 'hat'],
      labels: [
        { label: 'pants', probability: 0.9, people: [1, 2] },
        { label: 'hat', probability: 0.4, people: [2] },
      ],
      model,
    });
  });

  it('takes the labels of a picture of one garment for rivals, of which one is worn', async () => {
    const { topics, said } = setUp();
    topics.accept({ apparel: [seen(1000, 'shirt', 0.2), seen(1000, 'outwear', 0.7)] });
    expect(await said()).toMatchObject({ worn: ['outwear'], labels: [{}, {}] });
  });

  it('stays with the newest frame, and ends when the device is forgotten', async () => {
    const { topics, retained, said } = setUp();
    topics.accept({ apparel: [seen(2000, 'hat', 0.9)] });
    topics.accept({ apparel: [seen(1000, 'shoes', 0.9)] });
    expect(await said()).toMatchObject({ atMs: 2000, worn: ['hat'] });
    await topics.forget(anna);
    expect(retained.get(TOPIC)).toBe('');
    topics.accept({ apparel: [seen(1000, 'shoes', 0.9)] });
    expect(await said()).toMatchObject({ worn: ['shoes'] });
  });
});
