import type { RecordingLabel } from '../domain/recording.js';
import type { LabelStatement } from '../recordings/label-track.js';

type Said = Pick<RecordingLabel, 'activity' | 'accompanied' | 'conversation'>;

/** What somebody wrote into an app at a moment. */
export interface Annotation {
  /** Epoch milliseconds; NaN where it does not say. */
  readonly timeMs: number;
  readonly text: string;
}

const MAX_ACTIVITY_CHARACTERS = 64;

/** What the buttons of the phone page say, and what people are asked to write into an app's annotations. */
const TEXTS: ReadonlyMap<string, Said> = new Map<string, Said>([
  ['alone', { activity: null, accompanied: false, conversation: false }],
  ['accompanied', { activity: null, accompanied: true, conversation: false }],
  ['conversation', { activity: null, accompanied: true, conversation: true }],
  ['not sure', { activity: null, accompanied: null, conversation: null }],
]);

/** A label in words: one of the four above, or else an activity; `undefined` for no words at all. */
export function labelOfText(text: string): Said | undefined {
  const words = text.trim().toLowerCase();
  if (words === '') return undefined;
  return (
    TEXTS.get(words) ?? {
      activity: words.slice(0, MAX_ACTIVITY_CHARACTERS),
      accompanied: null,
      conversation: null,
    }
  );
}

/** What annotations say holds from their moment until the next. */
export function labelsOf(annotations: readonly Annotation[]): LabelStatement[] {
  return annotations
    .filter(({ timeMs }) => Number.isFinite(timeMs))
    .sort((a, b) => a.timeMs - b.timeMs)
    .flatMap(({ timeMs, text }) => {
      const said = labelOfText(text);
      return said === undefined ? [] : [{ fromMs: timeMs, toMs: undefined, ...said }];
    });
}
