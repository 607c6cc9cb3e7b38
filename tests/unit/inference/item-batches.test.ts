import { describe, expect, it } from 'vitest';
import { ItemRunner } from '../../../src/inference/item-batches.js';
import type { Batching } from '../../../src/inference/micro-batcher.js';
import { FakeClassifier, FakeModels } from '../../helpers/fake-classifier.js';

const BATCHING: Batching = { maxBatch: 2, enough: 1, maxWaitMs: 0, queueSoftWindows: 3, queueHardWindows: 3 };

function start(...classifiers: readonly FakeClassifier[]) {
  const models = new FakeModels(...classifiers);
  const failures: unknown[] = [];
  const runner = new ItemRunner({
    models,
    batching: BATCHING,
    onFailed: ({ error }) => failures.push(error),
  });
  const run = (value: number, model = 'tiny') =>
    runner.run(model, (target, offset) => target.fill(value, offset, offset + 12));
  return { models, runner, run, failures };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe(ItemRunner, () => {
  it('runs an item at once, those that come meanwhile together, and gives each its own values', async () => {
    const classifier = new FakeClassifier();
    const { run } = start(classifier);
    const answers = [run(1), run(2), run(3)];
    expect(classifier.runs.map(({ items }) => items.map(([first]) => first))).toEqual([[1], [2, 3]]);
    classifier.runs[0]?.answer([0.1]);
    classifier.runs[1]?.answer([0.2, 0.3]);
    const values = (await Promise.all(answers)).map(({ accompanied }) => accompanied?.[1]);
    expect(values).toEqual([0.1, 0.2, 0.3].map(Math.fround));
  });

  it('refuses items beyond the limit of its queue', async () => {
    const classifier = new FakeClassifier();
    const { run, runner } = start(classifier);
    const taken = Array.from({ length: 6 }, (_, index) => run(index));
    expect(runner.waiting).toBe(3);
    await expect(run(6)).rejects.toMatchObject({ code: 'QUEUE_FULL', retryable: true });
    for (let index = 0; index < 4; index++) {
      classifier.runs[index]?.answer();
      await turn();
    }
    expect(await Promise.all(taken)).toHaveLength(6);
  });

  it('fails the items of a batch that fails, and no others', async () => {
    const classifier = new FakeClassifier();
    const { run, failures } = start(classifier);
    const first = run(1);
    classifier.runs[0]?.fail(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    const second = run(2);
    classifier.runs[1]?.answer([0.5]);
    await second;
    expect(failures).toHaveLength(1);
  });

  it('does not know models that are not served', async () => {
    await expect(start(new FakeClassifier()).run(1, 'other')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('runs later items on a version that has taken over, and lets the old one go', async () => {
    const old = new FakeClassifier();
    const { models, run } = start(old);
    const before = run(1);
    const next = new FakeClassifier({ version: '2' });
    models.swap(next);
    const after = run(2);
    expect([old.runs.length, next.runs.length, old.disposals]).toEqual([1, 1, 0]);
    old.runs[0]?.answer();
    next.runs[0]?.answer();
    await Promise.all([before, after]);
    await turn();
    expect(old.disposals).toBe(1);
  });

  it('finishes what it has when it is disposed of, and takes nothing more', async () => {
    const classifier = new FakeClassifier();
    const { run, runner } = start(classifier);
    const answer = run(1);
    const disposed = runner[Symbol.asyncDispose]();
    await expect(run(2)).rejects.toMatchObject({ code: 'CLOSED' });
    classifier.runs[0]?.answer();
    await answer;
    await disposed;
  });
});
