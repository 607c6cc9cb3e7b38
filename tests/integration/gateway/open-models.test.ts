import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/config/schema.js';
import { openModels } from '../../../src/gateway/open-models.js';
import type { LostWorker } from '../../../src/inference/workers/inference-pool.js';
import { Closers } from '../../../src/shared/lifetime.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { writeTinyModel } from '../../helpers/tiny-model.js';
import { FRAGILE_WORKER } from '../../helpers/worker-url.js';

/** First value of a batch that ends the fragile worker which gets it. */
const ENDS_ONE_WORKER = 13;

describe(openModels, () => {
  it('tells of a worker that ended while it ran a batch, which another then runs', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    const config = configSchema.parse({
      models: { dir: folder.path, active: ['tiny'] },
      infer: { workers: 1, maxBatch: 1 },
    });
    const lost: LostWorker[] = [];
    await using closers = new Closers();
    const models = await openModels(config, { workerUrl: FRAGILE_WORKER }, closers);
    models.poolEvents$.subscribe((event) => event.type === 'lost' && lost.push(event.loss));

    using lease = models.sequences.lease('tiny');
    const batch = new Float32Array(new SharedArrayBuffer(12 * 4));
    batch[0] = ENDS_ONE_WORKER;
    const outputs = await lease?.classifier.run(batch, 1);
    expect(outputs?.['accompanied']).toHaveLength(2);
    expect(lost.map(({ message }) => message)).toEqual([expect.stringContaining('on purpose')]);
  });
});
