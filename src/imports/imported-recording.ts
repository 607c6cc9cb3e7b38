import type { SampleBlock } from '../domain/samples.js';
import type { LabelStatement } from '../recordings/label-track.js';

/** What an app's export holds, in SI units and Android's convention. */
export interface ImportedRecording {
  /** The app, for people. */
  readonly app: string;
  /** As the export names it; `undefined` when it does not. */
  readonly device: string | undefined;
  /** One block a sensor, times in epoch milliseconds. */
  readonly blocks: readonly SampleBlock[];
  /** On the epoch's clock; each holds until the next. */
  readonly labels: readonly LabelStatement[];
  /** Samples that are no numbers, or lack a time. */
  readonly invalidSamples: number;
  /** What was left out or assumed, a line each. */
  readonly notes: readonly string[];
}
