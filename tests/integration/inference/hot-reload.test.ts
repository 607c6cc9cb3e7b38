import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { filter, firstValueFrom, map, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  isSkipped,
  type Prediction,
  type SampleWindow,
  type WindowOutcome,
} from '../../../src/domain/window.js';
import {
  type ModelEvent,
  type ModelRegistry,
  startModelRegistry,
} from '../../../src/inference/model-registry.js';
import { startInferencePool } from '../../../src/inference/workers/inference-pool.js';
import { infer } from '../../../src/stream/infer.js';
import { deviceId } from '../../helpers/sensor-messages.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { type TinyModel, tinyAnswer, tinyWindow, writeTinyModel } from '../../helpers/tiny-model.js';
import { INFERENCE_WORKER } from '../../helpers/worker-url.js';

const DEVICES = Array.from({ length: 20 }, (_, number) => deviceId(`phone-${number}`));
const BATCHING = { maxBatch: 8, maxWaitMs: 5, queueSoftWindows: 1000, queueHardWindows: 5000 };

describe('a model folder that changes under load', () => {
  it('is taken over without losing a window, and each window is answered by one version', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path, biased(1), { version: '1' });
    await using pool = startInferencePool({
      workers: 2,
      maxBatch: 8,
      workerUrl: INFERENCE_WORKER,
      onWorkerLost: () => undefined,
    });
    await using host = await startModelRegistry({
      kind: 'sequence',
      directory: folder.path,
      active: ['tiny'],
      pool,
      pollMs: 10,
    });
    const windows = new Subject<SampleWindow>();
    const outcomes: WindowOutcome[] = [];
    const done = new Promise<void>((resolve) => {
      windows
        .pipe(
          map((window) => ({ window, settle: () => undefined })),
          infer({ models: host, minCoverage: 0.8, batching: BATCHING }),
        )
        .subscribe({
          next: (event) => {
            if (event.type === 'outcome') outcomes.push(event.outcome);
          },
          complete: resolve,
        });
    });

    const stop = new AbortController();
    const fed = feed(windows, stop.signal, () => host.manifests[0]?.sizeSamples ?? 0);
    await change(host.events$, '2', () => writeTinyModel(folder.path, biased(2), { version: '2' }));
    await change(host.events$, 'refused', () => writeFile(join(folder.path, 'tiny/model.onnx'), 'broken'));
    await change(host.events$, '3', () =>
      writeTinyModel(folder.path, { ...biased(3), sizeSamples: 6 }, { version: '3' }),
    );
    await setTimeout(50);
    stop.abort();
    const due = await fed;
    windows.complete();
    await done;

    expect(outcomes).toHaveLength(due);
    const predictions = outcomes.filter((outcome): outcome is Prediction => !isSkipped(outcome));
    expect(predictions).toHaveLength(due);
    for (const { probabilities, modelVersion, startMs } of predictions) {
      const expected = tinyAnswer(sumOf(startMs / 40), { weight: 1, bias: Number(modelVersion) });
      expect(probabilities['accompanied']?.[1]).toBeCloseTo(expected, 5);
    }
    for (const device of DEVICES) {
      const own = predictions.filter((prediction) => prediction.device === device);
      expect(own.map(({ startMs }) => startMs)).toEqual(own.map((_, number) => number * 40));
      const versions = own.map(({ modelVersion }) => modelVersion);
      expect(versions).toEqual(versions.toSorted());
      expect([...new Set(versions)]).toEqual(['1', '2', '3']);
    }
  });
});

function biased(version: number): Partial<TinyModel> {
  return { bias: version };
}

function sumOf(number: number): number {
  return (number % 10) / 10;
}

/** Sends windows of all devices until told to stop, and returns how many. */
async function feed(
  windows: Subject<SampleWindow>,
  signal: AbortSignal,
  sizeSamples: () => number,
): Promise<number> {
  let number = 0;
  while (!signal.aborted) {
    for (const device of DEVICES) {
      windows.next(tinyWindow(number, { device, sum: sumOf(number), length: sizeSamples() * 3 }));
    }
    number += 1;
    await setTimeout(2);
  }
  return number * DEVICES.length;
}

/** Changes the folder and waits until the host has said what came of it: a version, or `refused`. */
async function change(
  events$: ModelRegistry['events$'],
  kind: string,
  write: () => Promise<void>,
): Promise<void> {
  const isWanted = (event: ModelEvent): boolean =>
    (event.type === 'changed' ? event.current.version : event.type) === kind;
  const event = firstValueFrom(events$.pipe(filter(isWanted)));
  await write();
  await event;
}
