import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { STATUSES } from '../../domain/status.js';
import { coversHours, lengthMs } from './local-time.js';
import type { AlertRule, Hours } from './rule-schema.js';

const MS_PER_MINUTE = 60_000;

/**
 * Everything about rules that cannot be meant, a line each: hours that never are, conditions that can never hold or of
 * which nobody would ever hear, two rules of one name, two rules that say the same.
 *
 * @param quietHours of all rules that have none of their own
 */
export function ruleProblems(rules: readonly AlertRule[], quietHours?: Hours): string[] {
  const general = quietHours !== undefined && isEmpty(quietHours) ? ['quietHours: begin when they end'] : [];
  return [
    ...general,
    ...rules.flatMap((rule, index) => [
      ...problemsOf(rule, quietHours).map((problem) => `rule ${rule.name}: ${problem}`),
      ...conflicts(rule, rules.slice(0, index)),
    ]),
  ];
}

function problemsOf(rule: AlertRule, general: Hours | undefined): string[] {
  const { when, between, days } = rule;
  const quiet = rule.quietHours ?? general;
  const problems: string[] = [];
  if (between !== undefined && isEmpty(between))
    problems.push('between begins when it ends, so it never counts');
  if (rule.quietHours !== undefined && isEmpty(rule.quietHours)) {
    problems.push('quietHours begin when they end; leave them out for none');
  }
  if (days !== undefined && between === undefined) {
    problems.push('days say when `between` begins; add between, such as { from: "00:00", to: "23:59" }');
  }
  if (when.type === 'status' && STATUSES.every((status) => when.is.includes(status)))
    problems.push('is names every status, so it always holds');
  if (between !== undefined && 'forMinutes' in when && when.forMinutes * MS_PER_MINUTE >= lengthMs(between)) {
    problems.push(`forMinutes is longer than between lasts, so it can never be raised`);
  }
  if (between !== undefined && quiet !== undefined && coversHours(quiet, between)) {
    problems.push('its quiet hours cover all of between, so it would never be sent');
  }
  return problems;
}

function conflicts(rule: AlertRule, before: readonly AlertRule[]): string[] {
  if (before.some(({ name }) => name === rule.name)) return [`rule ${rule.name}: there are two of that name`];
  const { name: _name, cooldownMinutes: _cooldown, ...meaning } = rule;
  const twin = before.find(({ name: _other, cooldownMinutes: _its, ...other }) =>
    isDeepStrictEqual(other, meaning),
  );
  return twin === undefined
    ? []
    : [`rule ${rule.name}: says the same as rule ${twin.name}; keep one of them`];
}

/** What a rule asks for, as a digest: rules of one name and meaning may go on where the other was left. */
export function meaningOf({ cooldownMinutes: _cooldown, ...meaning }: AlertRule): string {
  return createHash('sha256').update(JSON.stringify(meaning)).digest('base64url');
}

function isEmpty(hours: Hours): boolean {
  return lengthMs(hours) === 0;
}
