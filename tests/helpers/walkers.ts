import { connectAsync } from 'mqtt';
import type { SensorMessage } from '../../src/domain/samples.js';
import { encodeAlongside } from '../../src/recordings/encode-messages.js';
import { recordingMessages } from '../../src/recordings/recording-messages.js';
import { companyRecordings } from '../../src/recordings/simulation/companions/company-recordings.js';
import { deviceId } from './make-results.js';

export interface Meeting {
  readonly with: string;
  readonly fromMs: number;
  readonly toMs: number;
}

type Copies = Readonly<Record<string, string>>;

interface Login {
  readonly username?: string;
  readonly password?: string;
}

/** Simulated people who walk, stand, sit and ride, together and apart, each with a phone. */
export interface Walkers {
  /** Who was really with a device, epoch milliseconds. */
  meetings(name: string): Meeting[];
  /** What all phones send in a second of the walk. */
  sentIn(second: number): SensorMessage[];
  /** Publishes what all phones send in some seconds of the walk. @param copies another name under which a phone's come, too */
  walk(url: string, fromSecond: number, toSecond: number, copies?: Copies, login?: Login): Promise<void>;
}

/** An acknowledgement comes with a commit: one wait for many seconds of the walk. */
const SENT_TOGETHER_SECONDS = 20;

export function createWalkers(
  names: readonly string[],
  { seconds, seed, startMs }: { readonly seconds: number; readonly seed: number; readonly startMs: number },
): Walkers {
  const recordings = companyRecordings({ people: names.length, seconds, seed });
  const nameOf = new Map(recordings.map(({ subject }, index) => [subject, names[index] ?? subject]));
  const phones = recordings.map((recording, index) => {
    const device = deviceId(names[index] ?? recording.device);
    const options = { device, startMs, periodMs: 1000, units: 'si', session: 'walk' } as const;
    return { device, labels: recording.labels, messages: [...recordingMessages(recording, options)] };
  });
  const sentIn = (second: number) => phones.flatMap(({ messages }) => messages[second] ?? []);
  return {
    meetings: (name) =>
      (phones.find(({ device }) => device === name)?.labels ?? []).flatMap(({ fromMs, toMs, ...label }) =>
        (label.with ?? []).map((other) => ({
          with: nameOf.get(other) ?? other,
          fromMs: startMs + fromMs,
          toMs: startMs + toMs,
        })),
      ),
    sentIn,
    walk: async (url, fromSecond, toSecond, copies = {}, login = {}) => {
      const client = await connectAsync(url, login);
      for (let second = fromSecond; second < toSecond; second += SENT_TOGETHER_SECONDS) {
        const endSecond = Math.min(toSecond, second + SENT_TOGETHER_SECONDS);
        const messages = Array.from({ length: endSecond - second }, (_, at) => sentIn(second + at)).flat();
        await Promise.all(
          messages.flatMap((message) =>
            [message.device, copies[message.device]]
              .filter((name) => name !== undefined)
              .map((name) =>
                client.publishAsync(`alongside/${name}/sensors`, encodeAlongside(message), { qos: 1 }),
              ),
          ),
        );
      }
      await client.endAsync();
    },
  };
}
