import { connect, filter, map, merge, type OperatorFunction, pipe, type SchedulerLike } from 'rxjs';
import type { RawMessage } from './domain/message.js';
import type { WindowOutcome } from './domain/prediction.js';
import type { SensorMessage } from './domain/samples.js';
import type { StatusUpdate } from './domain/status.js';
import { type DecodeOptions, decode } from './ingest/decode/decode.js';
import type { DecodedMessage } from './ingest/decode/outcome.js';
import { type InferOptions, infer } from './stream/infer.js';
import { type SynchroniseOperatorOptions, synchronise } from './stream/synchronise/synchronise.js';
import { type TrackStatusOptions, trackStatus } from './stream/track-status.js';
import { type WindowFramesOptions, windowFrames } from './stream/window-frames.js';

/** What each stage is given. */
export interface PipelineStages {
  readonly decode: DecodeOptions;
  readonly synchronise: SynchroniseOperatorOptions;
  readonly window: WindowFramesOptions;
  readonly infer: InferOptions;
  readonly track: TrackStatusOptions;
}

/** What comes out: what became of each due window, and every status. */
export type PipelineResult =
  | { readonly type: 'window'; readonly outcome: WindowOutcome }
  | { readonly type: 'status'; readonly update: StatusUpdate };

/** The data path: from a message as it came in to predictions and statuses. */
export function createPipeline(
  stages: PipelineStages,
  scheduler: SchedulerLike,
): OperatorFunction<RawMessage, PipelineResult> {
  return pipe(
    decode(stages.decode), //                       RawMessage     -> DecodedMessage
    map(({ message }: DecodedMessage) => message),
    filter((message): message is SensorMessage => message !== undefined),
    synchronise(stages.synchronise, scheduler), //  SensorMessage  -> AlignedFrames
    windowFrames(stages.window, scheduler), //      AlignedFrames  -> SampleWindow
    infer(stages.infer), //                         SampleWindow   -> WindowOutcome
    withStatuses(trackStatus(stages.track, scheduler)), //         -> PipelineResult
  );
}

/** Lets outcomes pass and adds the statuses that follow from them. */
function withStatuses(
  track: OperatorFunction<WindowOutcome, StatusUpdate>,
): OperatorFunction<WindowOutcome, PipelineResult> {
  return connect((outcomes$) =>
    merge(
      outcomes$.pipe(map((outcome): PipelineResult => ({ type: 'window', outcome }))),
      outcomes$.pipe(
        track,
        map((update): PipelineResult => ({ type: 'status', update })),
      ),
    ),
  );
}
