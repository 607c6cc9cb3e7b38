import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Classifier } from '../../../../src/inference/model-version.js';
import type { SequenceManifest } from '../../../../src/inference/models/manifest.js';
import type { ModelFiles } from '../../../../src/inference/models/model-folder.js';
import {
  type InferencePoolOptions,
  startInferencePool,
} from '../../../../src/inference/workers/inference-pool.js';
import { encodeModel } from '../../../../src/training/onnx/encode-model.js';
import { type TinyModel, tinyAnswer, tinyManifest, tinyOnnx } from '../../../helpers/tiny-model.js';
import { FRAGILE_WORKER, INFERENCE_WORKER } from '../../../helpers/worker-url.js';

/** First values of a batch that end the fragile worker: the first that gets it, or each. */
const ENDS_ONE_WORKER = 13;
const ENDS_EVERY_WORKER = 666;

function start(overrides: Partial<InferencePoolOptions> = {}) {
  const losses: string[] = [];
  const pool = startInferencePool({
    workers: 1,
    maxBatch: 8,
    workerUrl: INFERENCE_WORKER,
    restartDelayMs: () => 20,
    onWorkerLost: ({ message }) => losses.push(message),
    ...overrides,
  });
  return { pool, losses, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}

function tinyFiles(model: Partial<TinyModel> = {}): ModelFiles {
  return new Map([['model.onnx', encodeModel(tinyOnnx(model))]]);
}

/** A batch of items with the given sums, in shared memory. */
function batchOf(...sums: readonly number[]): Float32Array {
  const batch = new Float32Array(new SharedArrayBuffer(sums.length * 12 * 4));
  for (const [row, sum] of sums.entries()) batch.set([sum], row * 12);
  return batch;
}

async function yesOf(
  classifier: Classifier<SequenceManifest>,
  ...sums: readonly number[]
): Promise<number[]> {
  const outputs = await classifier.run(batchOf(...sums), sums.length);
  return sums.map((_, row) => outputs['accompanied']?.[row * 2 + 1] ?? Number.NaN);
}

afterEach(() => {
  delete process.env['ALONGSIDE_TEST_WORKER'];
});

describe(startInferencePool, () => {
  it('runs batches of several models on several workers', async () => {
    await using started = start({ workers: 2 });
    const [plain, biased] = await Promise.all([
      started.pool.load(tinyManifest(), tinyFiles()),
      started.pool.load(tinyManifest({ name: 'biased' }), tinyFiles({ bias: 2 })),
    ]);
    expect([started.pool.readyWorkers, plain.parallelism, biased.manifest.name]).toEqual([2, 2, 'biased']);
    await Promise.all(
      Array.from({ length: 50 }, async (_, number) => {
        const sums = Array.from({ length: (number % 8) + 1 }, (_, row) => (row - number) / 10);
        const [a, b] = await Promise.all([yesOf(plain, ...sums), yesOf(biased, ...sums)]);
        sums.forEach((sum, row) => {
          expect(a[row]).toBeCloseTo(tinyAnswer(sum), 5);
          expect(b[row]).toBeCloseTo(tinyAnswer(sum, { weight: 1, bias: 2 }), 5);
        });
      }),
    );
  });

  it('takes batches that are not in shared memory', async () => {
    await using started = start();
    const classifier = await started.pool.load(tinyManifest(), tinyFiles());
    const outputs = await classifier.run(new Float32Array(12).fill(0.25), 1);
    expect(outputs['accompanied']?.[1]).toBeCloseTo(tinyAnswer(3), 5);
  });

  it.each<[string, ModelFiles, string]>([
    ['is no ONNX', new Map([['model.onnx', Buffer.from('no model')]]), 'model.onnx cannot be run: '],
    ['has another shape', tinyFiles({ sizeSamples: 5 }), 'expected shape [batch, 4, 3], found [any, 5, 3]'],
    ['has a fixed batch size', tinyFiles({ batch: 1 }), 'export it with a batch axis of any size'],
    [
      'gives no probabilities',
      tinyFiles({ softmax: false, bias: 3 }),
      'expected probabilities that add up to 1',
    ],
    ['has another output', tinyFiles({ output: 'y' }), 'output: expected "accompanied", found "y"'],
  ])('refuses a model that %s, and goes on', async (_, files, words) => {
    await using started = start();
    const failure = await started.pool.load(tinyManifest(), files).catch((error) => error);
    expect(failure).toMatchObject({ code: 'MODEL_INVALID', retryable: false });
    expect(failure.message).toContain('model "tiny" 1');
    expect(failure.message).toContain(words);
    const classifier = await started.pool.load(tinyManifest(), tinyFiles());
    expect(await yesOf(classifier, 0)).toEqual([0.5]);
    expect(started.losses).toEqual([]);
  });

  it('rejects a batch that cannot be run, and runs the next', async () => {
    await using started = start();
    const classifier = await started.pool.load(tinyManifest(), tinyFiles());
    await expect(classifier.run(batchOf(1), 2)).rejects.toMatchObject({ code: 'MODEL_RUN_FAILED' });
    expect(await yesOf(classifier, 0)).toEqual([0.5]);
    expect(started.losses).toEqual([]);
  });

  it('runs the batches of a lost worker on its successor', async () => {
    await using started = start({ workerUrl: FRAGILE_WORKER });
    const other = await started.pool.load(tinyManifest({ name: 'other' }), tinyFiles({ bias: 2 }));
    const classifier = await started.pool.load(tinyManifest(), tinyFiles());
    const answers = await Promise.all([
      yesOf(classifier, ENDS_ONE_WORKER, 1),
      yesOf(classifier, 2),
      yesOf(other, 0),
      yesOf(classifier, 3),
    ]);
    expect(answers.map((answer) => answer.at(-1))).toEqual(
      [tinyAnswer(1), tinyAnswer(2), tinyAnswer(2), tinyAnswer(3)].map((value) => expect.closeTo(value, 5)),
    );
    expect(started.losses).toEqual(['inference worker ended with code 1: on purpose']);
    expect(started.pool.readyWorkers).toBe(1);
  });

  it('gives up a batch that ends a second worker, and only that one', async () => {
    await using started = start({ workerUrl: FRAGILE_WORKER });
    const classifier = await started.pool.load(tinyManifest(), tinyFiles());
    const results = await Promise.allSettled([
      yesOf(classifier, ENDS_EVERY_WORKER),
      yesOf(classifier, 1),
      yesOf(classifier, 2),
    ]);
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'MODEL_RUN_FAILED' } },
      { status: 'fulfilled' },
      { status: 'fulfilled' },
    ]);
    expect(started.losses).toHaveLength(2);
  });

  it('goes on with the other worker meanwhile', async () => {
    await using started = start({ workers: 2, workerUrl: FRAGILE_WORKER, restartDelayMs: () => 60_000 });
    const classifier = await started.pool.load(tinyManifest(), tinyFiles());
    const answers = await Promise.all([yesOf(classifier, ENDS_ONE_WORKER, 1), yesOf(classifier, 2)]);
    expect(answers.map((answer) => answer.length)).toEqual([2, 1]);
    expect(started.pool.readyWorkers).toBe(1);
    await expect(started.pool.load(tinyManifest(), tinyFiles())).rejects.toMatchObject({ retryable: true });
  });

  it('starts a second worker when the first has work, and goes on without it when it cannot be started', async () => {
    await using started = start({ workers: 2, workerUrl: FRAGILE_WORKER, restartDelayMs: () => 60_000 });
    const classifier = await started.pool.load(tinyManifest(), tinyFiles());
    process.env['ALONGSIDE_TEST_WORKER'] = 'broken';
    expect(await yesOf(classifier, 0)).toEqual([0.5]);
    expect([started.pool.readyWorkers, started.losses]).toEqual([2, []]);
    const answers = await Promise.all([yesOf(classifier, 0), yesOf(classifier, 0), yesOf(classifier, 0)]);
    expect(answers).toEqual([[0.5], [0.5], [0.5]]);
    while (started.losses.length === 0) await setTimeout(5);
    expect([started.pool.readyWorkers, started.losses]).toEqual([1, ['inference worker ended with code 3']]);
  });

  it('loads every model into a worker that is started later', async () => {
    await using started = start({ workers: 2, workerUrl: FRAGILE_WORKER });
    const biased = await started.pool.load(tinyManifest({ name: 'biased' }), tinyFiles({ bias: 2 }));
    const plain = await started.pool.load(tinyManifest(), tinyFiles());
    // The first ends on its batch; the second takes what is left.
    const answers = await Promise.all([yesOf(plain, ENDS_ONE_WORKER), yesOf(plain, 0), yesOf(biased, 0)]);
    expect(answers[1]).toEqual([0.5]);
    expect(answers[2]?.[0]).toBeCloseTo(tinyAnswer(0, { weight: 1, bias: 2 }), 5);
  });

  it('fails batches while no worker can be started, and recovers', async () => {
    await using started = start({ workerUrl: FRAGILE_WORKER });
    const classifier = await started.pool.load(tinyManifest(), tinyFiles());
    process.env['ALONGSIDE_TEST_WORKER'] = 'broken';
    await expect(yesOf(classifier, ENDS_ONE_WORKER)).rejects.toMatchObject({ code: 'MODEL_RUN_FAILED' });
    delete process.env['ALONGSIDE_TEST_WORKER'];
    let answer: number[] = [];
    while (answer.length === 0) answer = await yesOf(classifier, 0).catch(() => []);
    expect(answer).toEqual([0.5]);
  });

  it('waits longer after each loss in a row', async () => {
    const delays: number[] = [];
    await using started = start({
      workerUrl: FRAGILE_WORKER,
      restartDelayMs: (failures) => {
        delays.push(failures);
        return 5;
      },
    });
    const classifier = await started.pool.load(tinyManifest(), tinyFiles());
    process.env['ALONGSIDE_TEST_WORKER'] = 'broken';
    await yesOf(classifier, ENDS_ONE_WORKER).catch(() => undefined);
    while (delays.length < 4) await setTimeout(5);
    delete process.env['ALONGSIDE_TEST_WORKER'];
    while (started.pool.readyWorkers === 0) await setTimeout(5);
    await yesOf(classifier, 0);
    const before = delays.length;
    await yesOf(classifier, ENDS_ONE_WORKER);
    expect(delays.slice(0, 4)).toEqual([1, 2, 3, 4]);
    expect(delays.slice(before)).toEqual([1]);
  });

  it('finishes what runs before it ends, and takes nothing more', async () => {
    const { pool } = start();
    const classifier = await pool.load(tinyManifest(), tinyFiles());
    const running = [yesOf(classifier, 1), yesOf(classifier, 2)];
    const waiting = yesOf(classifier, 3);
    const disposal = pool[Symbol.asyncDispose]();
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(yesOf(classifier, 4)).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await Promise.all(running)).toHaveLength(2);
    await disposal;
    await expect(pool.load(tinyManifest(), tinyFiles())).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('unloads a model, and leaves the others', async () => {
    await using started = start();
    const first = await started.pool.load(tinyManifest({ version: '1' }), tinyFiles());
    const second = await started.pool.load(tinyManifest({ version: '2' }), tinyFiles({ bias: 1 }));
    const running = yesOf(first, 0);
    await first[Symbol.asyncDispose]();
    expect(await running).toEqual([0.5]);
    await expect(yesOf(first, 0)).rejects.toMatchObject({ code: 'CLOSED' });
    expect((await yesOf(second, 0))[0]).toBeCloseTo(tinyAnswer(1), 5);
  });
});
