import { describe, expect, it } from 'vitest';
import {
  type AlertRuleInput,
  alertRuleSchema,
  ruleProblems,
} from '../../../../src/notify/alerts/rule-schema.js';

const ALONE: AlertRuleInput = {
  name: 'alone',
  when: { type: 'status', target: 'accompanied', is: 'no', forMinutes: 240 },
  between: { from: '08:00', to: '20:00' },
};
const problems = (rules: readonly object[], quietHours?: { from: string; to: string }): string[] =>
  ruleProblems(
    rules.map((rule) => alertRuleSchema.parse(rule)),
    quietHours,
  );

describe(ruleProblems, () => {
  it('finds nothing wrong with rules that can be meant', () => {
    const others = [
      { name: 'talk', when: { type: 'status', target: 'conversation', is: 'yes' } },
      {
        name: 'silent',
        when: { type: 'silent', forMinutes: 15 },
        quietHours: { from: '22:00', to: '07:00' },
      },
      { name: 'coat', when: { type: 'label', label: 'coat' }, devices: ['anna'] },
    ];
    expect(problems([ALONE, ...others], { from: '21:00', to: '09:00' })).toEqual([]);
  });

  it.each([
    [[ALONE, { ...ALONE, devices: ['anna'] }], 'rule alone: there are two of that name'],
    [[ALONE, { ...ALONE, name: 'lonely' }], 'rule lonely: says the same as rule alone; keep one of them'],
    [[{ ...ALONE, between: { from: '08:00', to: '08:00' } }], 'rule alone: between begins when it ends'],
    [[{ ...ALONE, between: { from: '08:00', to: '12:00' } }], 'forMinutes is longer than between lasts'],
    [[{ ...ALONE, quietHours: { from: '07:00', to: '21:00' } }], 'its quiet hours cover all of between'],
    [[{ ...ALONE, quietHours: { from: '07:00', to: '07:00' } }], 'quietHours begin when they end'],
    [[{ ...ALONE, between: undefined, days: ['mon'] }], 'days say when `between` begins'],
    [
      [{ name: 'all', when: { type: 'status', target: 'accompanied', is: ['yes', 'no', 'unknown'] } }],
      'rule all: is names every status',
    ],
  ])('%#: says what cannot be meant', (rules, words) => {
    expect(problems(rules).join('\n')).toContain(words);
  });

  it('takes general quiet hours into account', () => {
    expect(problems([ALONE], { from: '06:00', to: '23:00' }).join()).toContain('quiet hours cover all');
    expect(problems([], { from: '06:00', to: '06:00' })).toEqual(['quietHours: begin when they end']);
  });
});

describe('the schema of a rule', () => {
  it.each([
    { name: 'Two Words', when: { type: 'silent', forMinutes: 15 } },
    { name: 'a', when: { type: 'silent', forMinutes: 0 } },
    { name: 'a', when: { type: 'status', target: 'accompanied', is: 'maybe' } },
    { name: 'a', when: { type: 'weather' } },
    { name: 'a', when: { type: 'silent', forMinutes: 5 }, timeZone: 'Mars/Olympus' },
    { name: 'a', when: { type: 'silent', forMinutes: 5 }, between: { from: '8', to: '25:00' } },
    { name: 'a', when: { type: 'silent', forMinutes: 5 }, devices: ['../x'] },
    { name: 'a', when: { type: 'silent', forMinutes: 5 }, colour: 'red' },
  ])('refuses %o', (rule) => {
    expect(alertRuleSchema.safeParse(rule).success).toBe(false);
  });
});
