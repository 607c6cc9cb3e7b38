import { describe, expect, it } from 'vitest';
import { CLASS_COLOURS, formatStatus, toneOf } from '../../../src/web/core/format.js';
import { toldOf } from '../../../src/web/dashboard/devices.js';
import { sequenceModel } from '../../helpers/http-fixture.js';

const CLASSES = ['seated', 'sitting-down', 'standing-up', 'turning', 'walking'];

describe('classes of targets that have more than two', () => {
  it('have a colour each, beside those of yes, no and unknown', () => {
    const tones = CLASSES.map((name) => toneOf(name, CLASSES));
    expect(new Set(tones).size).toBe(CLASSES.length);
    expect(CLASSES.length).toBeLessThanOrEqual(CLASS_COLOURS);
    expect(['yes', 'no', 'unknown'].map((status) => toneOf(status, CLASSES))).toEqual([
      'yes',
      'no',
      'unknown',
    ]);
  });

  it('are written as words', () => {
    expect(formatStatus('activity', 'sitting-down')).toBe('sitting down');
    expect(formatStatus('accompanied', 'no')).toBe('alone');
  });

  it('are known from the models', () => {
    const [binary] = sequenceModel().targets;
    const activity = { name: 'activity', output: 'activity', classes: CLASSES, threshold: 0.5 };
    const model = sequenceModel({ targets: binary === undefined ? [activity] : [binary, activity] });
    const told = toldOf(JSON.parse(JSON.stringify([model])), ['demo']);
    expect(told).toEqual({ classes: { activity: CLASSES }, simulated: ['demo'] });
  });
});
