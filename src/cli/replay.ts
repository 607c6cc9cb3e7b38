import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { MqttClient } from 'mqtt';
import type { ParsedAddress } from '../config/url-credentials.js';
import { type DeviceId, parseDeviceId } from '../domain/ids.js';
import type { Recording } from '../domain/recording.js';
import type { SensorMessage } from '../domain/samples.js';
import { encodeAlongside } from '../recordings/encode-messages.js';
import { readRecording } from '../recordings/read-recording.js';
import { recordingMessages } from '../recordings/recording-messages.js';
import { GatewayError, messageOf } from '../shared/errors.js';
import type { CliContext } from './context.js';
import { describeComparison, fetchTimelines } from './fetch-timelines.js';
import { brokerAddress, epochMs, gatewayAddress, withLogin } from './options.js';

interface ReplayFlags {
  readonly device?: string;
  readonly url: ParsedAddress;
  readonly speed: number;
  readonly start?: number;
  readonly username?: string;
  readonly token?: string;
  readonly password?: string;
  readonly http?: string;
  readonly labels?: boolean;
  readonly json?: boolean;
}

/**
 * Brokers keep only so many messages for a reader that is slower than the sender (mosquitto: 1,000) and drop the rest
 * without a word, so that "max" must not mean "as fast as the broker takes them".
 */
const MAX_MESSAGES_PER_SECOND = 300;
/** Messages under way without the broker's acknowledgement at most. */
const MAX_UNACKNOWLEDGED = 32;
const MESSAGE_PERIOD_MS = 1000;
const DEFAULT_BROKER = 'mqtt://127.0.0.1:1883';

/** `alongside replay RECORDING`: sends a recording over MQTT as a phone would. */
export function createReplayCommand(context: CliContext): Command {
  return new Command('replay')
    .argument('<recording>', 'folder of the recording')
    .option('--device <id>', 'name under which it is sent; by default that of its device')
    .addOption(
      new Option('--url <url>', 'broker')
        .argParser(brokerAddress)
        .default({ url: DEFAULT_BROKER }, DEFAULT_BROKER),
    )
    .option(
      '--speed <factor>',
      'times as fast as it was recorded, or max (300 messages a second)',
      speedOf,
      1,
    )
    .option('--start <time>', 'epoch milliseconds or ISO 8601 time of t = 0; by default now', epochMs)
    .option('--username <name>', 'for the broker')
    .option('--password <text>', 'for the broker')
    .option(
      '--http <url>',
      'afterwards ask this gateway for the timelines and print them beside the labels',
      gatewayAddress,
    )
    .option('--labels', 'send the labels of the recording, too, before the samples')
    .option('--token <text>', 'token to read, for --http')
    .option('--json', 'print one JSON object at the end')
    .action(async (path: string, flags: ReplayFlags) => {
      const recording = await readRecording(path);
      const device = deviceOf(recording, flags.device);
      const startMs = flags.start ?? context.clock.nowMs();
      const session = `replay-${startMs}`;
      const messages = recordingMessages(recording, {
        device,
        startMs,
        periodMs: MESSAGE_PERIOD_MS,
        units: 'si',
        session,
      });
      const client = await connect(flags);
      const labels = flags.labels === true ? await sendLabels(client, device, recording, startMs) : 0;
      const sent = await sendAll(client, messages, flags.speed, context).finally(() => client.endAsync());
      const report = { ...sent, startMs, ...(flags.labels === true ? { labels } : {}) };
      const comparison =
        flags.http === undefined
          ? undefined
          : await fetchTimelines(
              { url: flags.http, token: flags.token, signal: context.signal },
              device,
              recording,
              startMs,
            );
      if (flags.json === true) context.print(JSON.stringify({ ...report, ...comparison }));
      else context.print(`sent ${sent.messages} messages with ${sent.samples} samples as ${device}`);
      if (flags.json !== true && comparison !== undefined) {
        for (const line of describeComparison(comparison, startMs)) context.print(line);
      }
    });
}

/** As asked, or as the recording's device or the recording itself is called. */
function deviceOf({ device, id }: Recording, asked: string | undefined): DeviceId {
  const names = asked === undefined ? [device, id] : [asked];
  const found = names.map(parseDeviceId).find((name) => name !== undefined);
  if (found !== undefined) return found;
  throw new GatewayError('USAGE', `"${names[0]}" cannot be a device's name; give one by --device`);
}

function speedOf(text: string): number {
  const speed = text === 'max' ? Number.POSITIVE_INFINITY : Number(text);
  if (!(speed > 0)) throw new InvalidArgumentError('must be a positive number or max.');
  return speed;
}

async function connect(flags: ReplayFlags): Promise<MqttClient> {
  const { url, ...login } = withLogin(flags.url, flags);
  const { connectAsync } = await import('mqtt');
  try {
    return await connectAsync(url, { reconnectPeriod: 0, ...login });
  } catch (error) {
    throw new GatewayError('SOURCE_FAILED', `${url} cannot be reached: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function sendAll(
  client: MqttClient,
  messages: Iterable<SensorMessage>,
  speed: number,
  context: CliContext,
): Promise<{ messages: number; samples: number }> {
  const counts = { messages: 0, samples: 0 };
  const underWay = new Set<Promise<unknown>>();
  const beganAtMs = context.clock.nowMs();
  let firstMs: number | undefined;
  for (const message of messages) {
    firstMs ??= message.receivedAtMs;
    const dueMs = Math.max(
      (message.receivedAtMs - firstMs) / speed,
      (counts.messages * 1000) / MAX_MESSAGES_PER_SECOND,
    );
    const dueInMs = beganAtMs + dueMs - context.clock.nowMs();
    if (dueInMs > 0) await sleep(dueInMs, undefined, { signal: context.signal }).catch(() => undefined);
    if (context.signal.aborted) break;
    const topic = `alongside/${message.device}/sensors`;
    const publication = publish(client, topic, encodeAlongside(message)).finally(() =>
      underWay.delete(publication),
    );
    underWay.add(publication);
    if (underWay.size >= MAX_UNACKNOWLEDGED) await Promise.race(underWay);
    counts.messages += 1;
    counts.samples += message.blocks.reduce((sum, block) => sum + block.timesMs.length, 0);
  }
  await Promise.all(underWay);
  return counts;
}

/** Sends what the recording says is true, as a person would have said it, and returns how much that was. */
async function sendLabels(
  client: MqttClient,
  device: DeviceId,
  recording: Recording,
  startMs: number,
): Promise<number> {
  for (const { fromMs, toMs, detail: _, ...said } of recording.labels) {
    const label = { fromMs: fromMs + startMs, toMs: toMs + startMs, ...said };
    await publish(client, `alongside/${device}/labels`, JSON.stringify(label));
  }
  return recording.labels.length;
}

async function publish(client: MqttClient, topic: string, payload: string): Promise<void> {
  try {
    await client.publishAsync(topic, payload, { qos: 1 });
  } catch (error) {
    throw new GatewayError('SOURCE_FAILED', `the broker did not take a message: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
