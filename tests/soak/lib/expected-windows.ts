import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Config } from '../../../src/config/schema.js';
import type { RawMessage } from '../../../src/domain/message.js';
import type { StoredWindow } from '../../../src/domain/store.js';
import type { SampleWindow } from '../../../src/domain/window.js';
import { synchroniseOptions } from '../../../src/gateway/stages.js';
import type { SequenceManifest } from '../../../src/inference/models/manifest.js';
import { readModelFolder } from '../../../src/inference/models/model-folder.js';
import { prepareInput } from '../../../src/inference/models/prepare-input.js';
import { decodeMessage } from '../../../src/ingest/decode/decode.js';
import { PlatformMemory } from '../../../src/ingest/decode/platform.js';
import { createTopicResolver, type TopicResolver } from '../../../src/ingest/topics.js';
import { gridSpecOf, windowSpecOf } from '../../../src/recordings/recording-windows.js';
import type { SimulatedPhone } from '../../../src/recordings/simulation/phone.js';
import { SlidingWindow } from '../../../src/stream/sliding-window.js';
import { DeviceAligner } from '../../../src/stream/synchronise/device-aligner.js';

/** What there is to know for working windows out without a gateway. */
export interface ExpectedOptions {
  readonly config: Config;
  readonly phones: readonly SimulatedPhone[];
  /** Message periods the phones have sent. */
  readonly periods: number;
  readonly modelFolder: string;
  /** Whether rows that wait for more are closed in the end, as silence does. @defaultValue true */
  readonly isFlushed?: boolean;
}

/**
 * The windows of an undisturbed run: each phone's messages, in the order in which it sent them, through the pure cores of
 * the stages, and each window through the model on its own. No gateway, no broker, no batches.
 */
export async function expectedWindows(options: ExpectedOptions): Promise<StoredWindow[]> {
  const { manifest, modelPath } = await readModelFolder(options.modelFolder);
  if (manifest.kind !== 'sequence') throw new Error(`${options.modelFolder} is no sequence model`);
  const session = await InferenceSession.create(modelPath, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const topics = createTopicResolver(options.config.mqtt.subscriptions);
  const stored: StoredWindow[] = [];
  for (const phone of options.phones) {
    for (const window of windowsOf(phone, manifest, topics, options)) {
      if (window.coverage < options.config.infer.minCoverage) continue;
      const probabilities = await infer(session, manifest, window);
      const { device, model, startMs, endMs, coverage, meanDeltaMs, maxDeltaMs } = window;
      stored.push({ device, model, startMs, endMs, coverage, meanDeltaMs, maxDeltaMs, probabilities });
    }
  }
  await session.release();
  return stored;
}

function* windowsOf(
  phone: SimulatedPhone,
  manifest: SequenceManifest,
  topics: TopicResolver,
  { config, periods, isFlushed = true }: ExpectedOptions,
): Generator<SampleWindow, void, undefined> {
  const aligner = new DeviceAligner(phone.device, synchroniseOptions(config.stream), [gridSpecOf(manifest)]);
  const window = new SlidingWindow(windowSpecOf(manifest));
  const platforms = new PlatformMemory(1);
  for (const raw of messagesOf(phone, topics, periods)) {
    const decoded = decodeMessage(raw, { platformOf: () => 'auto' }, (device) => platforms.recall(device));
    if (!decoded.ok || decoded.message === undefined) throw new Error(`${raw.topic} cannot be decoded`);
    platforms.remember(decoded.device, decoded.platform);
    for (const frames of aligner.accept(decoded.message).frames) yield* window.push(frames);
  }
  if (!isFlushed) return;
  for (const frames of aligner.flush()) yield* window.push(frames);
}

function* messagesOf(
  phone: SimulatedPhone,
  topics: TopicResolver,
  periods: number,
): Generator<RawMessage, void, undefined> {
  for (let period = 0; period < periods; period++) {
    for (const { topic, payload } of phone.sentIn(period).publishes) {
      const meaning = topics.resolve(topic);
      if (meaning.kind === 'rejected') throw new Error(`nobody listens to ${topic}`);
      const { format, device } = meaning;
      yield { format, topic, device, payload: Buffer.from(payload), receivedAtMs: phone.dueMs(period) };
    }
  }
}

async function infer(
  session: InferenceSession,
  manifest: SequenceManifest,
  window: SampleWindow,
): Promise<Record<string, number>> {
  const input = new Float32Array(window.values.length);
  prepareInput(window, manifest, input, 0);
  const dims = [1, manifest.sizeSamples, manifest.channels.length];
  const outputs = await session.run({ [manifest.input]: new Tensor('float32', input, dims) });
  return Object.fromEntries(
    manifest.targets.map(({ name, output }) => [name, Number(outputs[output]?.data[1])]),
  );
}
