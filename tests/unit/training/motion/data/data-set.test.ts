import { describe, expect, it } from 'vitest';
import { parseDeviceId } from '../../../../../src/domain/ids.js';
import type { Recording, RecordingLabel } from '../../../../../src/domain/recording.js';
import type { SampleWindow } from '../../../../../src/domain/window.js';
import {
  buildDataSet,
  type DataSetSpec,
  onlyLabelled,
} from '../../../../../src/training/motion/data/data-set.js';

const spec: DataSetSpec = {
  channels: ['accelerometer.x', 'accelerometer.y', 'accelerometer.z'],
  sizeSamples: 2,
  samplingRateHz: 1,
  accelerometerUnit: 'm/s2',
  heads: [{ name: 'conversation' }],
  labelShare: 0.5,
  minCoverage: 0.75,
};

function recording(subject: string, labels: readonly RecordingLabel[]): Recording {
  return { id: subject, subject, device: '', startMs: 0, sensors: [], labels };
}

function conversation(fromMs: number, toMs: number, value: boolean | null): RecordingLabel {
  return { fromMs, toMs, activity: 'standing', accompanied: null, conversation: value };
}

function window(startMs: number, overrides: Partial<SampleWindow> = {}): SampleWindow {
  const device = parseDeviceId('recording');
  if (device === undefined) throw new Error('no device');
  return {
    device,
    model: 'training',
    startMs,
    endMs: startMs + 2000,
    values: Float32Array.from({ length: 6 }, (_, index) => startMs + index),
    gravityToRemove: undefined,
    coverage: 1,
    meanDeltaMs: 0,
    maxDeltaMs: 0,
    ...overrides,
  };
}

const windows = [window(0), window(2000), window(4000)];
const talk = [conversation(0, 2000, true), conversation(2000, 4000, false)];

describe('buildDataSet', () => {
  it('keeps labelled windows in order, with subject and class', () => {
    const { dataSet, report } = buildDataSet(
      [recording('b', talk), recording('a', talk)],
      () => windows,
      spec,
    );
    expect(report).toMatchObject({ windows: 6, lowCoverage: 0, unlabelled: 2 });
    expect([...report.byRecording].map(([{ id }, counts]) => [id, counts])).toEqual(
      ['b', 'a'].map((id) => [id, { windows: 3, lowCoverage: 0, unlabelled: 1, acrossBorder: 0 }]),
    );
    expect(dataSet.recordings.map(({ id }) => id)).toEqual(['b', 'a']);
    expect([...dataSet.recordingOf]).toEqual([0, 0, 1, 1]);
    expect([...dataSet.startMs]).toHaveLength(4);
    expect(dataSet.subjects).toEqual(['a', 'b']);
    expect([...dataSet.subjectOf]).toEqual([1, 1, 0, 0]);
    expect(dataSet.heads).toEqual([{ name: 'conversation', classes: ['no', 'yes'] }]);
    expect([...(dataSet.labels.get('conversation') ?? [])]).toEqual([1, 0, 1, 0]);
    expect([...dataSet.values.subarray(6, 12)]).toEqual([2000, 2001, 2002, 2003, 2004, 2005]);
    expect(dataSet.gravityToRemove).toBeUndefined();
  });

  it('cuts no window across the border of a label where labels must hold throughout', () => {
    const shifted = [window(0), window(1000), window(2000), window(3000)];
    const { dataSet, report } = buildDataSet([recording('a', talk)], () => shifted, {
      ...spec,
      labelShare: 1,
    });
    expect(report).toMatchObject({ windows: 4, acrossBorder: 2 });
    expect([...dataSet.startMs]).toEqual([0, 2000]);
  });

  it('counts windows without a label as no on request, and says of which it is an assumption', () => {
    const { dataSet, report } = buildDataSet([recording('a', talk)], () => windows, {
      ...spec,
      unknownAs: 'no',
    });
    expect(report.unlabelled).toBe(0);
    expect([...(dataSet.labels.get('conversation') ?? [])]).toEqual([1, 0, 0]);
    expect([...(dataSet.assumed.get('conversation') ?? [])]).toEqual([0, 0, 1]);
    const own = onlyLabelled(dataSet);
    expect([...(own.labels.get('conversation') ?? [])]).toEqual([1, 0, -1]);
    expect(own.assumed.size).toBe(0);
  });

  it('takes details of labels as classes, and those that a model does not know for unlabelled', () => {
    const detailed = talk.map((label, at) => ({ ...label, detail: ['talking', 'whistling'][at] }));
    const heads = [{ name: 'detail' as const, classes: ['quiet', 'talking'] }];
    const { dataSet } = buildDataSet([recording('a', detailed)], () => windows, { ...spec, heads });
    expect([...(dataSet.labels.get('detail') ?? [])]).toEqual([1, -1]);
  });

  it('leaves out windows with too few samples', () => {
    const thin = [...windows, window(1000, { coverage: 0.7 })];
    const { dataSet, report } = buildDataSet([recording('a', talk)], () => thin, spec);
    expect(dataSet.count).toBe(2);
    expect(report.lowCoverage).toBe(1);
  });

  it('marks the rows whose gravity is to be removed', () => {
    const marked = [window(0, { gravityToRemove: Uint8Array.of(0, 1) }), window(2000)];
    const { dataSet } = buildDataSet([recording('a', talk)], () => marked, spec);
    expect([...(dataSet.gravityToRemove ?? [])]).toEqual([0, 1, 0, 0]);
  });

  it('keeps a window that only one of two heads has a label for', () => {
    const heads = [{ name: 'conversation' }, { name: 'activity' }] as const;
    const labels = [...talk, { ...conversation(4000, 6000, null), activity: 'walking' }];
    const { dataSet } = buildDataSet([recording('a', labels)], () => windows, { ...spec, heads });
    expect([...(dataSet.labels.get('conversation') ?? [])]).toEqual([1, 0, -1]);
    expect([...(dataSet.labels.get('activity') ?? [])]).toEqual([0, 0, 1]);
  });

  it('takes the classes of a model in its order, whatever they are called', () => {
    const heads = [{ name: 'conversation', classes: ['silent', 'talking'] }] as const;
    const { dataSet } = buildDataSet([recording('a', talk)], () => windows, { ...spec, heads });
    expect([...(dataSet.labels.get('conversation') ?? [])]).toEqual([1, 0]);
    const activities = [{ name: 'activity', classes: ['walking', 'standing'] }] as const;
    const other = buildDataSet([recording('a', talk)], () => windows, { ...spec, heads: activities });
    expect([...(other.dataSet.labels.get('activity') ?? [])]).toEqual([1, 1]);
  });

  it.each([
    ['only the label "yes"', [conversation(0, 6000, true)]],
    ['no label', [conversation(0, 6000, null)]],
  ])('refuses data with %s', (text, labels) => {
    expect(() => buildDataSet([recording('a', labels)], () => windows, spec)).toThrow(
      expect.objectContaining({ code: 'TRAINING_FAILED', message: expect.stringContaining(text) }),
    );
  });
});
