import { EpochClock } from './epoch-clock.js';
import { SampleColumns, type SensorName, sensorPayload } from './sample-columns.js';
import { readSensors, type SensorState } from './sensors.js';

/** How often samples are sent together. */
const MESSAGE_MS = 1000;

export interface RecorderOptions {
  readonly onState: (sensor: SensorName, state: SensorState) => void;
  /** A message of the gateway's own format in CBOR, and how many samples of each sensor a second are in it. */
  readonly onMessage: (payload: Uint8Array, rateHz: number) => void;
  /** A second passed without a sample. */
  readonly onIdle: () => void;
}

/** Reads the sensors and makes a numbered message of them every second, until what it returns is called. */
export function startRecorder({ onState, onMessage, onIdle }: RecorderOptions): () => void {
  const clock = new EpochClock(Date.now(), performance.now());
  const columns = new SampleColumns();
  let session: string = crypto.randomUUID();
  let sequence = 0;
  let sentAtMs = performance.now();
  const send = (): void => {
    const nowMs = performance.now();
    const sensors = columns.take();
    if (sensors !== undefined) {
      const longest = Math.max(...Object.values(sensors).map(({ timeMs }) => timeMs.length));
      onMessage(sensorPayload(session, sequence, sensors), (longest * 1000) / (nowMs - sentAtMs));
      sequence += 1;
    } else {
      onIdle();
    }
    sentAtMs = nowMs;
    if (clock.compare(Date.now(), nowMs)) {
      // Times jumped: numbers start over, so that nothing is taken for lost.
      session = crypto.randomUUID();
      sequence = 0;
    }
  };
  const stopSensors = readSensors({
    onState,
    onSample: (sensor, monotonicMs, values) => columns.add(sensor, clock.toEpoch(monotonicMs), values),
  });
  const timer = setInterval(send, MESSAGE_MS);
  return () => {
    clearInterval(timer);
    stopSensors();
    send();
  };
}
