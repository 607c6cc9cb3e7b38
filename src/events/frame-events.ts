import type { ImageTimings } from '../domain/image.js';
import type { FrameRejectReason } from '../domain/ledger.js';
import { messageOf } from '../shared/errors.js';
import type { Warn } from '../telemetry/log-warning.js';
import type { EventDependencies } from './event-dependencies.js';
import { shorten } from './shorten.js';
import { toSeconds } from './to-seconds.js';

/** What happens to pictures. */
export interface FrameEvents {
  frameReceived(): void;
  frameClassified(): void;
  frameRejected(reason: FrameRejectReason, detail: string): void;
  /** A frame could not be kept on the disk. */
  frameNotKept(error: unknown): void;
  /** A picture has its labels, wherever it came from. */
  imageClassified(timings: ImageTimings): void;
}

export function frameEvents({ ledger, metrics }: EventDependencies, warn: Warn): FrameEvents {
  return {
    frameReceived: ledger.frameReceived,
    frameClassified: ledger.frameClassified,
    frameRejected: (reason, detail) => {
      ledger.frameRejected(reason);
      warn(`frame-rejected/${reason}`, { reason, detail: shorten(detail) }, 'frame rejected');
    },
    frameNotKept: (error) =>
      warn('frame-not-kept', { error: messageOf(error) }, 'a frame could not be kept on the disk'),
    imageClassified: ({ decodeMs, inferMs }) => {
      metrics.imageSeconds.observe({ step: 'decode' }, toSeconds(decodeMs));
      metrics.imageSeconds.observe({ step: 'infer' }, toSeconds(inferMs));
    },
  };
}
