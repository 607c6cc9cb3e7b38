import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { filter, firstValueFrom, type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type ModelEvent,
  type ModelRegistryOptions,
  startModelRegistry,
} from '../../../src/inference/model-registry.js';
import type { Classifier } from '../../../src/inference/model-version.js';
import type { Manifest, SequenceManifest } from '../../../src/inference/models/manifest.js';
import { readStampedFolder, type StampedFolder } from '../../../src/inference/models/model-folder.js';
import type { InferencePool } from '../../../src/inference/workers/inference-pool.js';
import { GatewayError } from '../../../src/shared/errors.js';
import { FakeClassifier } from '../../helpers/fake-classifier.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { writeTinyModel } from '../../helpers/tiny-model.js';

/** A pool that loads nothing: it keeps what it was given, and can be told to refuse. */
class FakePool implements InferencePool {
  readonly readyWorkers = 1;
  readonly loaded: FakeClassifier[] = [];
  failure: Error | undefined;

  load<M extends Manifest>(manifest: M): Promise<Classifier<M>> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    // The host loads sequence models only.
    const classifier = new FakeClassifier(manifest as SequenceManifest);
    this.loaded.push(classifier);
    return Promise.resolve(classifier as unknown as Classifier<M>);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** A scheduler that lets the test say when the next poll is, and waits for its end. */
class ManualPolls implements SchedulerLike {
  #poll: (() => void) | undefined;
  #onScheduled: (() => void) | undefined;

  now(): number {
    return 0;
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void): Subscription {
    this.#poll = work as () => void; // the host's work takes nothing
    this.#onScheduled?.();
    return new Subscription();
  }

  async next(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#onScheduled = resolve;
    });
    this.#poll?.();
    await ended;
  }
}

async function start(
  directory: string,
  overrides: Partial<ModelRegistryOptions> = {},
  folders?: ReadonlyMap<string, StampedFolder>,
) {
  const pool = new FakePool();
  const options = { kind: 'sequence' as const, directory, active: ['tiny'], pool, pollMs: 5, ...overrides };
  const host = await startModelRegistry(options, folders);
  const events: ModelEvent[] = [];
  /** The first event of a kind, when it has come: `refused`, or the version that was changed to. */
  const eventOf = async (kind: string): Promise<ModelEvent> => {
    const isWanted = (event: ModelEvent): boolean =>
      (event.type === 'changed' ? event.current.version : event.type) === kind;
    return events.find(isWanted) ?? (await firstValueFrom(host.events$.pipe(filter(isWanted))));
  };
  host.events$.subscribe((event) => events.push(event));
  return { pool, host, events, eventOf, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() };
}

describe(startModelRegistry, () => {
  it('serves the active models under their names', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await writeTinyModel(folder.path, {}, { name: 'other', version: '9' });
    await writeTinyModel(folder.path, {}, { name: 'idle' });
    await using started = await start(folder.path, { active: ['other', 'tiny'] });
    expect(started.host.manifests.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'other 9',
      'tiny 1',
    ]);
    expect(started.host.lease('other')?.classifier.manifest.name).toBe('other');
    expect(started.host.lease('idle')).toBeUndefined();
  });

  it('takes a folder as it was read before, and what has changed since then', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    const read = new Map([['tiny', await readStampedFolder(join(folder.path, 'tiny'))]]);
    await rename(join(folder.path, 'tiny'), join(folder.path, 'moved'));
    await using started = await start(folder.path, {}, read);
    expect(started.host.manifests.map(({ version }) => version)).toEqual(['1']);
    await writeTinyModel(folder.path, {}, { version: '2' });
    expect(await started.eventOf('2')).toMatchObject({ type: 'changed', previous: { version: '1' } });
  });

  it('refuses to start with everything that is wrong with any model', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await writeTinyModel(folder.path, {}, { name: 'renamed' });
    await rename(join(folder.path, 'renamed'), join(folder.path, 'wrong-name'));
    await writeTinyModel(folder.path, {}, { name: 'changed' });
    await writeFile(join(folder.path, 'changed/model.onnx'), 'something else');
    const pool = new FakePool();
    const active = ['tiny', 'wrong-name', 'changed', 'missing'];
    const failure = await startModelRegistry({
      kind: 'sequence',
      directory: folder.path,
      active,
      pool,
    }).catch((error) => error);
    expect(failure).toMatchObject({ code: 'MODEL_INVALID' });
    expect(failure.message).toContain('wrong-name: manifest.json names the model "renamed"');
    expect(failure.message).toMatch(/changed\/model\.onnx: its SHA-256 is .*, but manifest\.json says/);
    expect(failure.message).toMatch(/missing\/manifest\.json cannot be read/);
    expect(pool.loaded.map(({ disposals }) => disposals)).toEqual([1]);
  });

  it('runs candidates beside the active models, and does not need them to start', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await writeTinyModel(folder.path, {}, { name: 'rival' });
    await using started = await start(folder.path, { candidates: ['rival', 'absent'] });
    const { host } = started;
    expect(host.manifests.map(({ name }) => name)).toEqual(['tiny', 'rival']);
    expect(['tiny', 'rival', 'absent'].map((name) => host.isCandidate(name))).toEqual([false, true, true]);
    expect(await started.eventOf('refused')).toMatchObject({ model: 'absent' });
    await writeTinyModel(folder.path, {}, { name: 'absent' });
    expect(await started.eventOf('added')).toMatchObject({ current: { name: 'absent' } });
    expect(host.manifests.map(({ name }) => name)).toEqual(['tiny', 'rival', 'absent']);
    expect(host.lease('absent')?.classifier.manifest.name).toBe('absent');
  });

  it('puts a changed version in the place of the old one, which stays for those who use it', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await using started = await start(folder.path);
    const lease = started.host.lease('tiny');
    await writeTinyModel(folder.path, {}, { version: '2' });
    expect(await started.eventOf('2')).toMatchObject({ previous: { version: '1' }, isGridChanged: false });
    expect(started.host.lease('tiny')?.classifier.manifest.version).toBe('2');
    expect([lease?.isRetired, started.pool.loaded[0]?.disposals]).toEqual([true, 0]);
    lease?.[Symbol.dispose]();
    expect(started.pool.loaded[0]?.disposals).toBe(1);
  });

  it('says when windows must be cut again', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await using started = await start(folder.path);
    const steps: [Partial<SequenceManifest>, boolean][] = [
      [{ strideSamples: 4 }, true],
      [{ strideSamples: 4, samplingRateHz: 25 }, true],
      [{ strideSamples: 4, samplingRateHz: 25, mean: [1, 1, 1], std: [2, 2, 2], centre: 'window' }, false],
      [{ strideSamples: 4, samplingRateHz: 25, gravity: 'removed' }, true],
    ];
    for (const [index, [manifest, isGridChanged]] of steps.entries()) {
      await writeTinyModel(folder.path, {}, { ...manifest, version: `v${index}` });
      expect(await started.eventOf(`v${index}`)).toMatchObject({ isGridChanged });
    }
  });

  it('emits in the turn of the change', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await using started = await start(folder.path);
    const lease = started.host.lease('tiny');
    const seen: unknown[] = [];
    started.host.events$.subscribe(() => {
      seen.push(lease?.isRetired, started.host.lease('tiny')?.classifier.manifest.version);
    });
    await writeTinyModel(folder.path, {}, { version: '2' });
    await started.eventOf('2');
    expect(seen).toEqual([true, '2']);
  });

  it('does nothing when the same content is written again', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await using started = await start(folder.path);
    await writeTinyModel(folder.path);
    await setTimeout(50);
    await writeTinyModel(folder.path, {}, { version: '2' });
    await started.eventOf('2');
    expect([started.events.length, started.pool.loaded.length]).toEqual([1, 2]);
  });

  it('keeps the old version when the new one does not fit, says why once, and takes the mended one', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await using started = await start(folder.path);
    started.pool.failure = new GatewayError('MODEL_INVALID', 'does not fit');
    await writeTinyModel(folder.path, {}, { version: '2' });
    expect(await started.eventOf('refused')).toMatchObject({
      model: 'tiny',
      error: { message: 'does not fit' },
    });
    await setTimeout(50);
    expect([started.events.length, started.host.manifests[0]?.version]).toEqual([1, '1']);
    started.pool.failure = undefined;
    await writeTinyModel(folder.path, {}, { version: '3' });
    expect(await started.eventOf('3')).toMatchObject({ previous: { version: '1' } });
  });

  it('tries again when the failure may pass', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await using started = await start(folder.path);
    started.pool.failure = new GatewayError('MODEL_RUN_FAILED', 'worker lost', { retryable: true });
    await writeTinyModel(folder.path, {}, { version: '2' });
    await started.eventOf('refused');
    started.pool.failure = undefined;
    expect(await started.eventOf('2')).toMatchObject({ previous: { version: '1' } });
  });

  it('keeps serving when the folder is gone, and takes what comes in its place', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await using started = await start(folder.path);
    await rm(join(folder.path, 'tiny'), { recursive: true });
    await started.eventOf('refused');
    expect(started.host.lease('tiny')?.classifier.manifest.version).toBe('1');
    await writeTinyModel(join(folder.path, 'elsewhere'), {}, { version: '2' });
    await rename(join(folder.path, 'elsewhere/tiny'), join(folder.path, 'tiny'));
    expect(await started.eventOf('2')).toMatchObject({ previous: { version: '1' } });
  });

  it('hears of a change without a period of its own, and of a folder in the place of another', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    await using started = await start(folder.path, { pollMs: undefined });
    await writeTinyModel(folder.path, {}, { version: '2' });
    expect(await started.eventOf('2')).toMatchObject({ previous: { version: '1' } });
    await rm(join(folder.path, 'tiny'), { recursive: true });
    await writeTinyModel(join(folder.path, 'elsewhere'), {}, { version: '3' });
    await rename(join(folder.path, 'elsewhere/tiny'), join(folder.path, 'tiny'));
    expect(await started.eventOf('3')).toMatchObject({ previous: { version: '2' } });
  });

  it('does not read a folder that is still being written', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    const polls = new ManualPolls();
    await using started = await start(folder.path, { scheduler: polls });
    for (const content of ['half', 'half a', 'half a model']) {
      await writeFile(join(folder.path, 'tiny/model.onnx'), content);
      await polls.next();
    }
    expect(started.events).toEqual([]);
    await polls.next();
    expect(started.events).toMatchObject([{ type: 'refused' }]);
  });

  it('ends its events and unloads when it is disposed of', async () => {
    await using folder = await temporaryFolder();
    await writeTinyModel(folder.path);
    const { host, pool } = await start(folder.path);
    let isComplete = false;
    host.events$.subscribe({
      complete: () => {
        isComplete = true;
      },
    });
    await host[Symbol.asyncDispose]();
    expect([isComplete, pool.loaded[0]?.disposals]).toEqual([true, 1]);
  });
});
