import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { PartitionAlerts } from '../../../src/cluster/partition-alerts.js';
import type { Alert } from '../../../src/domain/notification.js';
import type { Status } from '../../../src/domain/status.js';
import { NO_RESULTS } from '../../../src/domain/store.js';
import type { KeptAlerts } from '../../../src/gateway/device-state.js';
import type { RuleChange } from '../../../src/notify/alerts/alert-rules.js';
import { type AlertRuleInput, alertRuleSchema } from '../../../src/notify/alerts/rule-schema.js';
import { deviceId } from '../../helpers/make-results.js';

const ANNA = deviceId('anna');
const START_MS = Date.UTC(2026, 0, 31, 12);
const MINUTE_MS = 60_000;
const TALK: AlertRuleInput = {
  name: 'talk',
  when: { type: 'status', target: 'conversation', is: 'yes', forMinutes: 2 },
};
const SILENT: AlertRuleInput = { name: 'silent', when: { type: 'silent', forMinutes: 5 } };

let nowMs: number;
let said: string[];
let changes$: Subject<RuleChange>;
beforeEach(() => {
  nowMs = START_MS;
  said = [];
  changes$ = new Subject();
});

const wordsOf = ({ rule, device, cleared }: Alert) => `${rule} ${device} ${cleared?.reason ?? 'raised'}`;
const own = (rules: readonly AlertRuleInput[], kept?: KeptAlerts, knownToMs = nowMs) =>
  new PartitionAlerts({
    options: {
      timeZone: 'UTC',
      quietHours: undefined,
      idOf: (rule, device, sinceMs) => `${rule}/${device}/${sinceMs}`,
    },
    rules: { all: rules.map((rule) => alertRuleSchema.parse(rule)), changes$ },
    kept: new Map(kept === undefined ? [] : [[ANNA, kept]]),
    knownToMs,
    nowMs: () => nowMs,
    tell: (alert) => void said.push(wordsOf(alert)),
  });
const see = (alerts: PartitionAlerts, status: Status) =>
  alerts.accept({
    ...NO_RESULTS,
    statuses: [
      {
        id: '',
        device: ANNA,
        target: 'conversation',
        status,
        confidence: 1,
        atMs: nowMs,
        sinceMs: nowMs,
        kind: 'change',
      },
    ],
  });
const passes = (alerts: PartitionAlerts, minutes: number) => {
  nowMs += minutes * MINUTE_MS;
  alerts.step([]);
};

describe('alerts of a partition', () => {
  it('count on where the owner before stood, are raised once, and cleared by another', () => {
    const first = own([TALK]);
    see(first, 'yes');
    passes(first, 1);
    const second = own([TALK], first.of(ANNA));
    passes(second, 1);
    expect(said).toEqual(['talk anna raised']);
    expect(second.takeChanged()).toEqual([ANNA]);
    expect(second.takeChanged()).toEqual([]);
    const third = own([TALK], second.of(ANNA));
    passes(third, 1);
    expect(third.open).toMatchObject([{ id: `talk/anna/${START_MS}`, raisedAtMs: START_MS + 2 * MINUTE_MS }]);
    see(third, 'no');
    expect(third.open).toEqual([]);
    expect(said).toEqual(['talk anna raised', 'talk anna condition-over']);
  });

  it('tell of silence by the time of the log, over all owners', () => {
    const first = own([SILENT]);
    nowMs += 1000;
    first.step([[ANNA, nowMs]]);
    passes(first, 3);
    const second = own([SILENT], first.of(ANNA));
    passes(second, 1);
    expect(said).toEqual([]);
    passes(second, 1);
    expect(said).toEqual(['silent anna raised']);
    nowMs += 1000;
    second.step([[ANNA, nowMs]]);
    expect(said).toEqual(['silent anna raised', 'silent anna condition-over']);
  });

  it('are not looked at again in a time that is gone through again', () => {
    const atNoon: AlertRuleInput = { ...TALK, between: { from: '12:00', to: '13:00' } };
    const first = own([atNoon]);
    see(first, 'yes');
    passes(first, 2);
    const kept = first.of(ANNA);
    const knownToMs = nowMs;
    nowMs = START_MS - MINUTE_MS;
    const second = own([atNoon], kept, knownToMs);
    second.step([]);
    expect(said).toEqual(['talk anna raised']);
    expect(second.open).toHaveLength(1);
  });

  it.each<[string, readonly AlertRuleInput[]]>([
    ['is gone', []],
    ['asks for something else', [{ ...TALK, when: { ...TALK.when, is: 'no' } as AlertRuleInput['when'] }]],
  ])('are cleared when their rule %s at the next owner', (_, rules) => {
    const first = own([TALK]);
    see(first, 'yes');
    passes(first, 2);
    const second = own(rules, first.of(ANNA));
    expect(second.open).toEqual([]);
    expect(said).toEqual(['talk anna raised', 'talk anna rule-removed']);
    expect(second.of(ANNA)).toEqual({ watches: {}, open: [] });
  });

  it('follow rules that are made and removed meanwhile', () => {
    const alerts = own([]);
    changes$.next({ added: alertRuleSchema.parse(TALK) });
    see(alerts, 'yes');
    passes(alerts, 2);
    changes$.next({ removed: 'talk' });
    expect(said).toEqual(['talk anna raised', 'talk anna rule-removed']);
    alerts[Symbol.dispose]();
    expect(changes$.observed).toBe(false);
  });

  it('of a forgotten device are gone', async () => {
    const alerts = own([TALK]);
    see(alerts, 'yes');
    expect(await alerts.erasable.holds(ANNA)).toBe(true);
    await alerts.erasable.forget(ANNA);
    expect(await alerts.erasable.holds(ANNA)).toBe(false);
    expect(alerts.of(ANNA)).toEqual({ watches: {}, open: [] });
  });
});
