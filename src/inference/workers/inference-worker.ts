import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../shared/errors.js';
import { isTfLayersFile } from '../tensor-plan.js';
import type { LoadRequest, ModelBackend, WorkerAnswer, WorkerRequest } from './worker-protocol.js';

/** Worker thread that owns the engines: their runs hold the thread they are called on. */

const port = parentPort;
if (port === null) throw new Error('inference-worker runs as a worker thread only');

const backends = new Map<number, ModelBackend>();
let previous: Promise<void> = Promise.resolve();

// One at a time, in the order of asking: "close" comes after every run asked for before it.
port.on('message', (request: WorkerRequest) => {
  previous = previous.then(async () => {
    if (request.kind === 'close') {
      await Promise.all([...backends.values()].map((backend) => backend.dispose()));
      port.close();
      return;
    }
    port.postMessage(await answer(request));
  });
});

async function answer(request: Exclude<WorkerRequest, { kind: 'close' }>): Promise<WorkerAnswer> {
  const { id } = request;
  try {
    switch (request.kind) {
      case 'load': {
        const { signature, fasterNotUsed } = await load(request);
        return { kind: 'loaded', id, signature, fasterNotUsed };
      }
      case 'run':
        return { kind: 'ran', id, outputs: await backendOf(request.model).run(request) };
      case 'unload':
        await backends.get(request.model)?.dispose();
        backends.delete(request.model);
        return { kind: 'unloaded', id };
    }
  } catch (error) {
    return { kind: 'failed', id, message: messageOf(error) };
  }
}

async function load({ model, file, files, threads }: LoadRequest): Promise<ModelBackend> {
  const loaded = backends.get(model) ?? (await createBackend(file, files, threads));
  backends.set(model, loaded);
  return loaded;
}

/** Engines are imported when a model needs them: TensorFlow.js alone takes a fifth of a second and 50 MB. */
async function createBackend(
  file: string,
  files: ReadonlyMap<string, Uint8Array>,
  threads: number,
): Promise<ModelBackend> {
  if (isTfLayersFile(file)) {
    const { createTfjsBackend } = await import('./tfjs-backend.js');
    return await createTfjsBackend(file, files);
  }
  const { createOnnxBackend } = await import('./onnx-backend.js');
  const content = files.get(file);
  if (content === undefined) throw new Error(`"${file}" is missing`);
  return await createOnnxBackend(content, threads);
}

function backendOf(model: number): ModelBackend {
  const backend = backends.get(model);
  if (backend === undefined) throw new Error(`model ${model} is not loaded`);
  return backend;
}
