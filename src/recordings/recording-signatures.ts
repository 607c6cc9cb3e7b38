import { SignatureExtractor } from '../company/signature-extractor.js';
import { COMPANY_GRID } from '../company/signature-grid.js';
import type { SignatureRow } from '../domain/company.js';
import type { DeviceId } from '../domain/ids.js';
import type { Recording } from '../domain/recording.js';
import type { AlignedFrames } from '../domain/window.js';
import { DeviceAligner, type SynchroniseOptions } from '../stream/synchronise/device-aligner.js';
import { recordingMessages } from './recording-messages.js';

/** Recorded time a message covers, as phones send by default. */
const MESSAGE_PERIOD_MS = 1000;

/** The signatures of a recording, a row a second: what the stream makes of the same samples when a phone sends them. */
export function* signaturesOfRecording(
  recording: Recording,
  device: DeviceId,
  synchronise: SynchroniseOptions,
): Generator<SignatureRow, void, undefined> {
  const unguarded = { ...synchronise, futureMs: Infinity, earliestMs: -Infinity };
  const aligner = new DeviceAligner(device, unguarded, [COMPANY_GRID]);
  const extractor = new SignatureExtractor();
  function* rowsOf(first: readonly AlignedFrames[]): Generator<SignatureRow, void, undefined> {
    for (const frames of first) yield* extractor.add(frames);
    while (aligner.isBehind) for (const frames of aligner.advance()) yield* extractor.add(frames);
  }
  const { startMs, id } = recording;
  const messages = recordingMessages(recording, {
    device,
    startMs,
    periodMs: MESSAGE_PERIOD_MS,
    units: 'si',
    session: id,
  });
  for (const message of messages) yield* rowsOf(aligner.accept(message).frames);
  yield* rowsOf(aligner.flush());
}
