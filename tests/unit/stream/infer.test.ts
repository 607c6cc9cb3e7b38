import { setImmediate as nextTurn } from 'node:timers/promises';
import { EMPTY, filter, map, type Observable, of, Subject, tap, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { isSkipped, type SampleWindow, type WindowOutcome } from '../../../src/domain/window.js';
import { meterInference } from '../../../src/gateway/backpressure.js';
import type { ModelRun } from '../../../src/inference/model-lane.js';
import { type InferOptions, infer } from '../../../src/stream/infer.js';
import type { BatchFailure } from '../../../src/stream/window-batches.js';
import { FakeClassifier, FakeModels } from '../../helpers/fake-classifier.js';
import { deviceId } from '../../helpers/sensor-messages.js';
import { tinyWindow } from '../../helpers/tiny-model.js';
import { VirtualTime } from '../../helpers/virtual-time.js';

const BATCHING = { maxBatch: 4, maxWaitMs: 20, queueSoftWindows: 6, queueHardWindows: 8 };

const due = (window: SampleWindow) => ({ window, settle: () => undefined });
const events = { inferenceRun: () => undefined, inferenceFailed: () => undefined };

/** A subscription to the operator, with everything it says in one place. */
function setUp(classifiers: readonly FakeClassifier[], overrides: Partial<InferOptions> = {}) {
  const scheduler = new VirtualTime();
  const models = new FakeModels(...classifiers);
  const source = new Subject<SampleWindow>();
  const outcomes: WindowOutcome[] = [];
  const ends: unknown[] = [];
  const reports: ModelRun[] = [];
  const failures: BatchFailure[] = [];
  const congestion: boolean[] = [];
  const subscription = source
    .pipe(
      map(due),
      infer({ models, minCoverage: 0.8, batching: BATCHING, scheduler, ...overrides }),
      tap((event) => {
        if (event.type === 'batch') reports.push(event.run);
        if (event.type === 'failed') failures.push(event.failure);
      }),
      meterInference({ events, backpressure: { set: (_, isCongested) => congestion.push(isCongested) } }),
    )
    .subscribe({
      next: (outcome) => outcomes.push(outcome),
      error: (error: unknown) => ends.push(error),
      complete: () => ends.push('complete'),
    });
  const push = (...windows: SampleWindow[]): void => {
    for (const window of windows) source.next(window);
  };
  return { source, push, scheduler, models, subscription, outcomes, ends, reports, failures, congestion };
}

/** What came of each window, in words: `device@startMs yes` or `device@startMs reason`. */
function wordsOf(outcomes: readonly WindowOutcome[]): string[] {
  return outcomes.map((outcome) => {
    const what = isSkipped(outcome) ? outcome.skipped : outcome.probabilities['accompanied']?.[1];
    return `${outcome.device}@${outcome.startMs} ${what}`;
  });
}

const a = deviceId('a');
const b = deviceId('b');

describe(infer, () => {
  it('emits nothing for a source that never does, completes with an empty one, passes its error', () => {
    const { outcomes, ends } = setUp([]);
    expect([outcomes, ends]).toEqual([[], []]);
    const endOf = (source: Observable<SampleWindow>): unknown[] => {
      const seen: unknown[] = [];
      source
        .pipe(map(due), infer({ models: new FakeModels(), minCoverage: 0, batching: BATCHING }))
        .subscribe({ error: (error: unknown) => seen.push(error), complete: () => seen.push('complete') });
      return seen;
    };
    expect(endOf(EMPTY)).toEqual(['complete']);
    expect(endOf(throwError(() => 'broken'))).toEqual(['broken']);
  });

  it('turns a window into a prediction', async () => {
    const classifier = new FakeClassifier({ version: '3' });
    const { push, scheduler, outcomes, reports } = setUp([classifier]);
    push(tinyWindow(5, { sum: 12, coverage: 0.9, meanDeltaMs: 1, maxDeltaMs: 2 }));
    await scheduler.advance(20);
    expect(classifier.runs[0]?.items).toEqual([Array(12).fill(1)]);
    await scheduler.advance(7);
    classifier.runs[0]?.answer([0.75]);
    await nextTurn();
    expect(outcomes).toEqual([
      {
        device: 'phone',
        model: 'tiny',
        modelVersion: '3',
        startMs: 200,
        endMs: 280,
        coverage: 0.9,
        meanDeltaMs: 1,
        maxDeltaMs: 2,
        probabilities: { accompanied: [0.25, 0.75] },
      },
    ]);
    expect(reports).toEqual([{ model: 'tiny', items: 1, waitedMs: 20, ranMs: 7 }]);
  });

  it('skips windows of devices that are worn where the model is not made for, without running them', async () => {
    const classifier = new FakeClassifier();
    const isMadeFor = (model: string, device: string) => model !== 'tiny' || device !== 'b';
    const { push, scheduler, outcomes } = setUp([classifier], { isMadeFor });
    push(tinyWindow(0, { device: b }), tinyWindow(1, { device: a }));
    await scheduler.advance(20);
    expect(wordsOf(outcomes)).toEqual(['b@0 placement']);
    expect(classifier.runs.map(({ items }) => items.length)).toEqual([1]);
  });

  it('prepares the input as the manifest says', async () => {
    const classifier = new FakeClassifier({ mean: [1, 2, 3], std: [1, 2, 4] });
    const { push, scheduler } = setUp([classifier]);
    push(tinyWindow(0, { values: Float32Array.from([2, 4, 7, Number.NaN, 0, 3, 1, 1, 1, 0, 0, 0]) }));
    await scheduler.advance(20);
    expect(classifier.runs[0]?.items).toEqual([[1, 1, 1, 0, -1, 0, 0, -0.5, -0.5, -1, -1, -0.75]]);
  });

  it('batches windows of several devices', async () => {
    const classifier = new FakeClassifier();
    const { push, outcomes } = setUp([classifier]);
    push(tinyWindow(0, { device: a }), tinyWindow(0, { device: b }));
    push(tinyWindow(1, { device: a }), tinyWindow(1, { device: b }));
    classifier.runs[0]?.answer([0.5, 0.25, 0.75, 1]);
    await nextTurn();
    expect(wordsOf(outcomes)).toEqual(['a@0 0.5', 'b@0 0.25', 'a@40 0.75', 'b@40 1']);
  });

  it('keeps the order of each device when batches end out of order', async () => {
    const classifier = new FakeClassifier({}, 2);
    const { push, outcomes } = setUp([classifier]);
    push(...[0, 1, 2, 3].map((number) => tinyWindow(number, { device: a })));
    push(tinyWindow(4, { device: a }), ...[0, 1, 2].map((number) => tinyWindow(number, { device: b })));
    classifier.runs[1]?.answer();
    await nextTurn();
    expect(wordsOf(outcomes)).toEqual(['b@0 0.5', 'b@40 0.5', 'b@80 0.5']);
    classifier.runs[0]?.answer();
    await nextTurn();
    expect(outcomes.slice(3).map(({ startMs }) => startMs)).toEqual([0, 40, 80, 120, 160]);
  });

  it('skips windows of low coverage without running them, in their place', async () => {
    const classifier = new FakeClassifier();
    const { push, scheduler, outcomes } = setUp([classifier]);
    push(tinyWindow(0), tinyWindow(1, { coverage: 0.79 }), tinyWindow(2, { coverage: 0.8 }));
    expect(outcomes).toEqual([]);
    await scheduler.advance(20);
    expect(classifier.runs[0]?.items).toHaveLength(2);
    classifier.runs[0]?.answer();
    await nextTurn();
    expect(wordsOf(outcomes)).toEqual(['phone@0 0.5', 'phone@40 low-coverage', 'phone@80 0.5']);
  });

  it('skips each window of a batch that fails, reports it, and goes on', async () => {
    const classifier = new FakeClassifier();
    const { push, scheduler, outcomes, failures } = setUp([classifier]);
    push(tinyWindow(0), tinyWindow(1));
    await scheduler.advance(20);
    const error = new Error('broken');
    classifier.runs[0]?.fail(error);
    await nextTurn();
    push(tinyWindow(2));
    await scheduler.advance(20);
    classifier.runs[1]?.answer();
    await nextTurn();
    expect(wordsOf(outcomes)).toEqual(['phone@0 model-failed', 'phone@40 model-failed', 'phone@80 0.5']);
    expect(failures).toEqual([{ model: 'tiny', windows: 2, error }]);
  });

  it('skips windows of a model that is not there', () => {
    const { push, outcomes, failures } = setUp([]);
    push(tinyWindow(0));
    expect(wordsOf(outcomes)).toEqual(['phone@0 model-failed']);
    expect(failures).toMatchObject([
      { model: 'tiny', windows: 1, error: { message: 'there is no model "tiny"' } },
    ]);
  });

  it('routes windows by model, and does not let one model wait for another', async () => {
    const tiny = new FakeClassifier();
    const other = new FakeClassifier({ name: 'other' });
    const { push, scheduler, outcomes } = setUp([tiny, other]);
    push(tinyWindow(0), tinyWindow(0, { model: 'other', sum: 12 }));
    await scheduler.advance(20);
    expect(other.runs[0]?.items).toEqual([Array(12).fill(1)]);
    other.runs[0]?.answer();
    await nextTurn();
    expect(outcomes.map(({ model }) => model)).toEqual(['other']);
  });

  it('says when a queue is congested, and refuses and counts what is beyond its limit', async () => {
    const classifier = new FakeClassifier();
    const { push, outcomes, congestion } = setUp([classifier]);
    push(
      ...Array.from({ length: 17 }, (_, number) => tinyWindow(number, { device: deviceId(`d${number}`) })),
    );
    expect(congestion).toEqual([true]);
    expect(wordsOf(outcomes)).toEqual(['d16@640 queue-full']);
    for (const run of classifier.runs) {
      run.answer();
      await nextTurn();
    }
    expect(congestion).toEqual([true, false]);
    expect(outcomes).toHaveLength(17);
  });

  it('is congested as long as any of its queues is', async () => {
    const tiny = new FakeClassifier();
    const other = new FakeClassifier({ name: 'other' });
    const { push, congestion } = setUp([tiny, other]);
    for (const model of ['tiny', 'other']) {
      push(...Array.from({ length: 14 }, (_, number) => tinyWindow(number, { model })));
    }
    expect(congestion).toEqual([true]);
    for (const classifier of [tiny, other]) {
      expect(congestion).toEqual([true]);
      for (const run of classifier.runs) {
        run.answer();
        await nextTurn();
      }
    }
    expect(congestion).toEqual([true, false]);
  });

  it('runs what waits when the source completes, and completes after the last outcome', async () => {
    const classifier = new FakeClassifier();
    const { source, push, outcomes, ends } = setUp([classifier]);
    push(tinyWindow(0), tinyWindow(1));
    source.complete();
    expect([classifier.runs.length, ends]).toEqual([1, []]);
    classifier.runs[0]?.answer();
    await nextTurn();
    expect([outcomes.length, ends]).toEqual([2, ['complete']]);
  });

  it('passes an error of the source at once', () => {
    const classifier = new FakeClassifier();
    const { source, push, outcomes, ends } = setUp([classifier]);
    push(tinyWindow(0));
    source.error('broken');
    expect([outcomes, ends]).toEqual([[], ['broken']]);
  });

  it('gives models back on unsubscription, after what runs and without what waits', async () => {
    const classifier = new FakeClassifier();
    const { push, models, scheduler, subscription, outcomes, congestion } = setUp([classifier]);
    push(...Array.from({ length: 14 }, (_, number) => tinyWindow(number)));
    const running = classifier.runs.length;
    subscription.unsubscribe();
    models.swap(new FakeClassifier());
    await scheduler.advance(1000);
    expect([classifier.runs.length, classifier.disposals]).toEqual([running, 0]);
    for (const run of classifier.runs) run.answer();
    await nextTurn();
    expect([outcomes, classifier.disposals]).toEqual([[], 1]);
    expect(congestion).toEqual([true, false]);
  });

  it('runs what it has on the old version of a replaced model and the rest on the new, in order', async () => {
    const old = new FakeClassifier({ version: '1' });
    const { push, models, outcomes } = setUp([old]);
    push(tinyWindow(0), tinyWindow(1));
    const young = new FakeClassifier({ version: '2', sizeSamples: 5 });
    models.swap(young);
    push(...[2, 3, 4, 5].map((number) => tinyWindow(number, { length: 15 })));
    expect([old.runs[0]?.items.length, young.runs[0]?.items.length]).toEqual([2, 4]);
    young.runs[0]?.answer();
    await nextTurn();
    expect([outcomes.length, old.disposals]).toEqual([0, 0]);
    old.runs[0]?.answer();
    await nextTurn();
    expect(outcomes.map((outcome) => !isSkipped(outcome) && outcome.modelVersion)).toEqual([
      ...['1', '1'],
      ...['2', '2', '2', '2'],
    ]);
    expect(old.disposals).toBe(1);
  });

  it('drops what waits for a replaced version, too, on unsubscription', async () => {
    const old = new FakeClassifier();
    const { push, models, subscription } = setUp([old]);
    push(...[0, 1, 2, 3, 4, 5].map((number) => tinyWindow(number)));
    models.swap(new FakeClassifier());
    push(tinyWindow(6));
    subscription.unsubscribe();
    old.runs[0]?.answer();
    await nextTurn();
    expect([old.runs.length, old.disposals]).toEqual([1, 1]);
  });

  it('starts from nothing for a second subscriber', async () => {
    const classifier = new FakeClassifier();
    const scheduler = new VirtualTime();
    const models = new FakeModels(classifier);
    const source = of(tinyWindow(0), tinyWindow(1)).pipe(
      map(due),
      infer({ models, minCoverage: 0, batching: BATCHING, scheduler }),
      filter(({ type }) => type === 'outcome'),
    );
    const counts = [0, 0];
    counts.forEach((_, index) => {
      source.subscribe(() => {
        counts[index] = (counts[index] ?? 0) + 1;
      });
    });
    for (const run of classifier.runs) run.answer();
    await nextTurn();
    expect(counts).toEqual([2, 2]);
  });

  it('gives each window exactly one outcome', async () => {
    const classifier = new FakeClassifier({}, 2);
    const { push, source, outcomes, scheduler, ends } = setUp([classifier]);
    let answered = 0;
    for (let number = 0; number < 500; number++) {
      push(tinyWindow(number, { device: deviceId(`d${number % 7}`), coverage: number % 11 === 0 ? 0.1 : 1 }));
      if (number % 3 === 0) await scheduler.advance(9);
      if (number % 12 === 0 && answered < classifier.runs.length) {
        if (number % 5 === 0) classifier.runs[answered++]?.fail(new Error('broken'));
        else classifier.runs[answered++]?.answer();
        await nextTurn();
      }
    }
    source.complete();
    for (; answered < classifier.runs.length; answered++) {
      classifier.runs[answered]?.answer();
      await nextTurn();
    }
    expect(outcomes.map(({ startMs }) => startMs).toSorted((x, y) => x - y)).toEqual(
      Array.from({ length: 500 }, (_, number) => number * 40),
    );
    expect(ends).toEqual(['complete']);
    const reasons = new Set(outcomes.map((outcome) => (isSkipped(outcome) ? outcome.skipped : 'predicted')));
    expect(reasons).toEqual(new Set(['predicted', 'low-coverage', 'queue-full', 'model-failed']));
  });
});
