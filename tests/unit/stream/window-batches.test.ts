import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { SampleWindow, WindowOutcome } from '../../../src/domain/window.js';
import { ServedModel } from '../../../src/inference/model-version.js';
import { type BatchFailure, createWindowLane, pushWindow } from '../../../src/stream/window-batches.js';
import { FakeClassifier } from '../../helpers/fake-classifier.js';
import { tinyWindow } from '../../helpers/tiny-model.js';
import { VirtualTime } from '../../helpers/virtual-time.js';

function setUp() {
  const classifier = new FakeClassifier();
  const served = new ServedModel(classifier);
  const scheduler = new VirtualTime();
  const failures: BatchFailure[] = [];
  const outcomes: WindowOutcome[] = [];
  const batching = { maxBatch: 4, maxWaitMs: 20, queueSoftWindows: 100, queueHardWindows: 100 };
  const onFailed = (failure: BatchFailure): void => void failures.push(failure);
  const lane = createWindowLane(
    served.lease(),
    { onBatch: () => undefined, onFailed },
    { batching, scheduler },
  );
  const push = (...windows: SampleWindow[]): void => {
    for (const window of windows)
      pushWindow(lane, { window, settle: (outcome) => outcomes.push(outcome) }, onFailed);
  };
  return { classifier, served, scheduler, failures, outcomes, lane, push };
}

describe(createWindowLane, () => {
  it('refuses a window of another size than the model’s before it can spoil a batch', () => {
    const { failures, outcomes, push } = setUp();
    push(tinyWindow(0, { length: 15 }));
    expect(outcomes).toMatchObject([{ skipped: 'model-failed' }]);
    expect(failures).toMatchObject([
      { windows: 1, error: { message: 'window of 15 values for a model that takes 12' } },
    ]);
  });

  it('skips and reports windows for which the model answers with no number', async () => {
    const { classifier, scheduler, failures, outcomes, push } = setUp();
    push(tinyWindow(0), tinyWindow(1));
    await scheduler.advance(20);
    classifier.runs[0]?.answer([Number.NaN, 0.5]);
    await nextTurn();
    expect(outcomes.map((outcome) => 'skipped' in outcome)).toEqual([true, false]);
    expect(failures).toMatchObject([{ model: 'tiny', windows: 1 }]);
  });

  it('does not write into a batch that is still running', () => {
    const { classifier, push } = setUp();
    push(...[1, 2, 3, 4].map((sum) => tinyWindow(sum, { sum: sum * 12 })));
    push(...[5, 6, 7, 8].map((sum) => tinyWindow(sum, { sum: sum * 12 })));
    expect(classifier.runs.map((run) => run.itemsNow().map(([first]) => first))).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });

  it('gives its lease back when it has finished', async () => {
    const { classifier, served, lane, push } = setUp();
    let finished = 0;
    push(tinyWindow(0));
    served.retire();
    expect(lane.isRetired).toBe(true);
    lane.finish(() => {
      finished += 1;
    });
    expect([finished, classifier.disposals]).toEqual([0, 0]);
    classifier.runs[0]?.answer();
    await nextTurn();
    expect([finished, classifier.disposals]).toEqual([1, 1]);
  });
});
