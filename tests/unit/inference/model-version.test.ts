import { describe, expect, it } from 'vitest';
import { ServedModel } from '../../../src/inference/model-version.js';
import { FakeClassifier } from '../../helpers/fake-classifier.js';

describe(ServedModel, () => {
  it('keeps a retired model loaded until the last lease has come back', () => {
    const classifier = new FakeClassifier();
    const served = new ServedModel(classifier);
    const leases = [served.lease(), served.lease()];
    served.retire();
    expect(leases.map(({ isRetired }) => isRetired)).toEqual([true, true]);
    leases[0]?.[Symbol.dispose]();
    expect(classifier.disposals).toBe(0);
    leases[1]?.[Symbol.dispose]();
    expect(classifier.disposals).toBe(1);
  });

  it('keeps a model that is in use loaded without leases', () => {
    const classifier = new FakeClassifier();
    const served = new ServedModel(classifier);
    served.lease()[Symbol.dispose]();
    expect(classifier.disposals).toBe(0);
  });

  it('unloads at once when it is retired without leases', () => {
    const classifier = new FakeClassifier();
    new ServedModel(classifier).retire();
    expect(classifier.disposals).toBe(1);
  });

  it('takes a lease back once', () => {
    const classifier = new FakeClassifier();
    const served = new ServedModel(classifier);
    const lease = served.lease();
    served.lease();
    served.retire();
    lease[Symbol.dispose]();
    lease[Symbol.dispose]();
    expect(classifier.disposals).toBe(0);
  });

  it('unloads once, also when asked to while leases are out', async () => {
    const classifier = new FakeClassifier();
    const served = new ServedModel(classifier);
    const lease = served.lease();
    await served.unload();
    served.retire();
    lease[Symbol.dispose]();
    expect(classifier.disposals).toBe(1);
  });
});
