import { describe, expect, it } from 'vitest';
import { describeRule, ruleKinds } from '../../../src/web/notifications/describe-rule.js';

describe(ruleKinds, () => {
  it('offers rules about what is told only, and about silence always', () => {
    const offered = (targets: readonly string[]) => ruleKinds(targets).map(({ kind }) => kind);
    expect(offered(['activity'])).toEqual(['silent']);
    expect(offered(['conversation'])).toEqual(['talking', 'silent']);
    expect(offered(['conversation', 'accompanied'])).toEqual(['alone', 'talking', 'silent']);
  });
});

describe(describeRule, () => {
  it('says what a rule waits for, and when', () => {
    const [{ when }] = ruleKinds(['accompanied']);
    const rule = { when: { ...when, forMinutes: 240 }, between: { from: '08:00', to: '20:00' } };
    expect(describeRule(rule)).toBe('accompanied is no for 240 min, between 08:00 to 20:00');
  });
});
