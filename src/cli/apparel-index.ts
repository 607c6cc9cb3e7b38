import { availableParallelism } from 'node:os';
import { basename, dirname } from 'node:path';
import type { ImageClassifier } from '../domain/image.js';
import { buildIndex, writeIndex } from '../inference/images/embedding-index.js';
import { createImageClassifier } from '../inference/images/image-classifier.js';
import { Finders } from '../inference/images/people.js';
import { ItemRunner } from '../inference/item-batches.js';
import { startModelRegistry } from '../inference/model-registry.js';
import type { ImageManifest } from '../inference/models/manifest.js';
import { type LostWorker, startInferencePool } from '../inference/workers/inference-pool.js';
import { Closers } from '../shared/lifetime.js';
import { modelsFolder } from '../shared/package.js';
import { type CliContext, createProgressLine } from './context.js';

const MAX_BATCH = 4;
/** More than are ever in work at a time. */
const ROOM = 1000;

export interface IndexFlags {
  readonly model: string;
  readonly out: string;
  readonly json?: boolean;
}

/** Makes the index of a catalogue and writes it. */
export async function makeIndex(context: CliContext, folder: string, flags: IndexFlags): Promise<void> {
  await using closers = new Closers();
  const workers = Math.max(1, availableParallelism());
  const classifier = await openClassifier(context, flags.model, workers, closers);
  const progress = createProgressLine(context);
  let skipped = 0;
  const index = await buildIndex({
    folder,
    classifier,
    parallel: workers * MAX_BATCH,
    onProgress: (done, all) => progress.update('pictures', done / all, `${done} of ${all}`),
    onSkipped: (path, why) => {
      skipped += 1;
      context.note(`${path} is left out: ${why}`);
    },
  });
  await writeIndex(flags.out, index);
  const items = index.items.length;
  if (flags.json === true) {
    const { model, modelVersion, dimensions } = index;
    context.print(JSON.stringify({ items, skipped, model, modelVersion, dimensions, out: flags.out }));
  } else {
    context.print(`${items} items, ${skipped} left out; the index is in ${flags.out}`);
  }
}

async function openClassifier(
  { note }: CliContext,
  model: string,
  workers: number,
  closers: Closers,
): Promise<ImageClassifier> {
  const onWorkerLost = ({ message }: LostWorker): void => note(message);
  const pool = closers.add(startInferencePool({ workers, maxBatch: MAX_BATCH, onWorkerLost }));
  const [directory, name] = [modelsFolder(dirname(model)), basename(model)];
  const host = closers.add(
    await startModelRegistry<ImageManifest>({ kind: 'image', directory, active: [name], pool }),
  );
  const batching = {
    maxBatch: MAX_BATCH,
    enough: 1,
    maxWaitMs: 0,
    queueSoftWindows: ROOM,
    queueHardWindows: ROOM,
  };
  const runner = closers.add(new ItemRunner({ models: host, batching }));
  const finders = closers.add(new Finders(directory, note));
  return createImageClassifier({
    models: { manifests: host.manifests, run: (name, write) => runner.run(name, write) },
    decoders: 2,
    maxImages: ROOM,
    maxPeople: 1,
    finderOf: (manifest) => finders.of(manifest),
    elapsedMs: () => performance.now(),
  });
}
