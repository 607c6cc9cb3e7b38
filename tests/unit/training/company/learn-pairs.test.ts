import { describe, expect, it } from 'vitest';
import { HAND_SET_MODEL } from '../../../../src/company/company-model.js';
import type { RecordingLabel } from '../../../../src/domain/recording.js';
import { chooseFilter } from '../../../../src/training/company/choose-filter.js';
import { learnPairs } from '../../../../src/training/company/learn-pairs.js';
import {
  type PersonRecording,
  pairWindows,
  wereTogether,
} from '../../../../src/training/company/pair-windows.js';
import { idOf } from '../../company/company-rows.js';
import { START_MS, walk } from '../../company/walks.js';

const SECONDS = 400;
const NAMES = ['ann', 'ben', 'cat', 'dan', 'eve', 'flo', 'gus', 'hal'];

function label(others: readonly string[] | null, fromMs = 0, toMs = SECONDS * 1000): RecordingLabel {
  return { fromMs, toMs, activity: null, accompanied: null, conversation: null, with: others };
}

/** Two and two walk together. */
function people(labelOf: (partner: string) => RecordingLabel[]): PersonRecording[] {
  return NAMES.map((subject, number) => ({
    subject,
    startMs: START_MS,
    rows: walk({
      device: idOf(subject),
      way: Math.floor(number / 2),
      own: 50 + number,
      fromSecond: 0,
      toSecond: SECONDS,
      lagSlots: number % 2 === 0 ? 0 : number,
    }),
    labels: labelOf(NAMES[number % 2 === 0 ? number + 1 : number - 1] ?? ''),
  }));
}

describe('learnPairs', () => {
  it('learns from what is said of company who is together, of people it has not seen', () => {
    const learnt = learnPairs(
      people((partner) => [label([partner])]),
      4,
    );
    expect(learnt).toMatchObject({ people: 8, together: 4 * 37, windows: 28 * 37 });
    expect(learnt.rocAuc).toBeGreaterThan(0.95);
    expect(learnt.minuteRocAuc).toBeGreaterThan(0.95);
  });

  it('lets only what matches speak for company', () => {
    const { weights } = learnPairs(
      people((partner) => [label([partner])]),
      3,
    ).model;
    for (const [name, weight] of Object.entries(weights)) {
      if (name.endsWith('.match')) expect(weight).toBeGreaterThan(0);
      else expect(weight).toBeLessThan(0);
    }
  });

  it('chooses to believe later where what looks like company is none', () => {
    const together = chooseFilter(
      people((partner) => [label([partner])]),
      HAND_SET_MODEL,
    );
    const nobody = chooseFilter(
      people(() => [label([])]),
      HAND_SET_MODEL,
    );
    expect(nobody.independentMs).toBeGreaterThan(together.independentMs);
    expect(nobody.togetherFrom).toBeGreaterThanOrEqual(together.togetherFrom);
  });

  it('waits no longer than it takes to be right, so that a meeting is said within a minute', () => {
    const meetAt = 200_000;
    const { filter: slow, ...model } = HAND_SET_MODEL;
    const chosen = chooseFilter(
      people((partner) => [label([], 0, meetAt), label([partner], meetAt)]),
      { ...model, filter: { ...slow, dwellMs: 30_000 } },
    );
    expect(chosen.dwellMs).toBeLessThanOrEqual(4000);
  });

  it('says what is missing where nobody said with whom they were', () => {
    expect(() =>
      learnPairs(
        people(() => [label(null)]),
        3,
      ),
    ).toThrow(/0 windows of people together.*"with"/);
  });
});

describe('wereTogether', () => {
  it('takes the word of either of two, and knows nothing where one says nothing', () => {
    const [ann, ben] = people(() => []);
    if (ann === undefined || ben === undefined) throw new Error('nobody');
    const said = (ofAnn: RecordingLabel[], ofBen: RecordingLabel[]) =>
      wereTogether({ ...ann, labels: ofAnn }, { ...ben, labels: ofBen }, START_MS + 1000);
    expect(said([label(['ben'])], [])).toBe(true);
    expect(said([label([])], [label(['ann', 'cat'])])).toBe(true);
    expect(said([label([])], [label(['cat'])])).toBe(false);
    expect(said([label([])], [])).toBeUndefined();
    expect(said([label(['ben'], 2000, 3000)], [label(null)])).toBeUndefined();
  });
});

describe('pairWindows', () => {
  it('leaves out windows in which company changed, and pairs of one person', () => {
    const changing = people((partner) => [label([partner], 0, 200_000), label([], 200_000)]);
    const all = pairWindows(changing, { seconds: 30, lagSeconds: 4 });
    const ofAnn = all.filter(({ pair }) => pair === '0/1');
    expect(ofAnn.length).toBeLessThan(37);
    expect(ofAnn.length).toBeGreaterThan(30);
    const alone = changing.map((person) => ({ ...person, subject: 'ann' }));
    expect(pairWindows(alone, { seconds: 30, lagSeconds: 4 })).toEqual([]);
  });
});
