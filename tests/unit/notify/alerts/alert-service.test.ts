import { readFileSync } from 'node:fs';
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../../../src/domain/notification.js';
import type { StatusUpdate } from '../../../../src/domain/status.js';
import { describeAlert } from '../../../../src/notify/alerts/alert-engine.js';
import { type AlertRules, openAlertRules } from '../../../../src/notify/alerts/alert-rules.js';
import { type AlertService, openAlertService } from '../../../../src/notify/alerts/alert-service.js';
import { type AlertRuleInput, alertRuleSchema } from '../../../../src/notify/alerts/rule-schema.js';
import { deviceId } from '../../../helpers/make-results.js';
import { type TemporaryFolder, temporaryFolder } from '../../../helpers/temporary-folder.js';

const ANNA = deviceId('anna');
const START_MS = Date.UTC(2026, 0, 31, 12);
const MINUTE_MS = 60_000;
const SILENT: AlertRuleInput = { name: 'silent', when: { type: 'silent', forMinutes: 15 } };
const TALK: AlertRuleInput = {
  name: 'talk',
  when: { type: 'status', target: 'conversation', is: 'yes' },
  cooldownMinutes: 0,
};

let folder: TemporaryFolder;
let nowMs: number;
let said: string[];
let rules: AlertRules;
let service: AlertService;
let told: () => Promise<void>;

const wordsOf = ({ rule, device, cleared }: Alert) => `${rule} ${device} ${cleared?.reason ?? 'raised'}`;
const open = async (configured: readonly AlertRuleInput[] = []) => {
  const path = `${folder.path}/alerts/rules.json`;
  const quietHours = undefined;
  rules = await openAlertRules({
    path,
    quietHours,
    configured: configured.map((rule) => alertRuleSchema.parse(rule)),
  });
  return await openAlertService({
    clock: { nowMs: () => nowMs },
    timeZone: 'UTC',
    quietHours,
    rules,
    statePath: `${folder.path}/alerts/state.json`,
    offlineMs: 30_000,
    idOf: (rule, device, sinceMs) => `${rule}/${device}/${sinceMs}`,
    onAlert: (alert) => void said.push(wordsOf(alert)),
    onPresence: (device, isOnline) => void said.push(`${device} ${isOnline ? 'online' : 'offline'}`),
    told: () => told(),
  });
};
const status = (value: StatusUpdate['status'], sinceMs: number): StatusUpdate => ({
  id: '',
  device: ANNA,
  target: 'conversation',
  status: value,
  confidence: 1,
  atMs: sinceMs,
  sinceMs,
  kind: 'change',
});
const see = (...updates: StatusUpdate[]) => service.accept({ statuses: updates, apparel: [] });

beforeEach(async () => {
  folder = await temporaryFolder();
  nowMs = START_MS;
  said = [];
  told = () => Promise.resolve();
  service = await open([SILENT, TALK]);
});
afterEach(() => folder[Symbol.asyncDispose]());

describe('alerts', () => {
  it('are raised once and cleared once, over restarts too', async () => {
    see(status('yes', START_MS));
    see(status('yes', START_MS));
    expect(service.open).toMatchObject([
      { id: `talk/anna/${START_MS}`, text: 'talk: conversation is "yes" on anna.' },
    ]);
    await service.flush();
    service = await open([SILENT, TALK]);
    see(status('yes', START_MS));
    service.tick(true);
    expect(service.open).toHaveLength(1);
    see(status('no', START_MS + 1));
    expect(said).toEqual(['talk anna raised', 'talk anna condition-over']);
    expect(service.open).toEqual([]);
  });

  it('are on the disk once the gateway has ended', async () => {
    see(status('yes', START_MS));
    await service[Symbol.asyncDispose]();
    expect(readFileSync(`${folder.path}/alerts/state.json`, 'utf8')).toContain(`talk/anna/${START_MS}`);
  });

  it('follow a device whose clock was set back, and no older status otherwise', () => {
    see(status('no', START_MS + 3_600_000));
    see(status('yes', START_MS));
    expect(service.open).toEqual([]);
    see({ ...status('yes', START_MS), clockSetBack: true });
    expect(service.open).toMatchObject([{ id: `talk/anna/${START_MS}` }]);
    see(status('no', START_MS + 1000));
    expect(service.open).toEqual([]);
  });

  it.each<[AlertRuleInput['when'], string]>([
    [{ type: 'status', target: 'accompanied', is: 'no' }, 'r: accompanied is "no" on anna.'],
    [
      { type: 'status', target: 'accompanied', is: ['no', 'unknown'], forMinutes: 240 },
      'r: accompanied has been "no" or "unknown" for 4 h on anna.',
    ],
    [
      { type: 'status', target: 'accompanied', is: 'no', forMinutes: 61 },
      'r: accompanied has been "no" for 1 h 1 min on anna.',
    ],
    [{ type: 'silent', forMinutes: 59 }, 'r: anna has sent nothing for 59 min.'],
    [{ type: 'silent', forMinutes: 60.5 }, 'r: anna has sent nothing for 60.5 min.'],
    [{ type: 'label', label: 'coat' }, 'r: the camera of anna saw "coat".'],
  ])('say the rule and a sentence that names the device once: %#', (when, text) => {
    expect(describeAlert(alertRuleSchema.parse({ name: 'r', when }), ANNA)).toBe(text);
  });

  it('tell of a device that is silent, but not while nobody can be heard', async () => {
    service.online(ANNA, nowMs);
    nowMs += 10 * MINUTE_MS;
    service.tick(false);
    nowMs += 10 * MINUTE_MS;
    service.tick(true);
    expect(said).toEqual(['anna online']);
    nowMs += 5 * MINUTE_MS;
    service.tick(true);
    expect(said).toEqual(['anna online', 'silent anna raised']);
    await service.flush();
    service = await open([SILENT, TALK]);
    service.tick(true);
    service.heard(ANNA, nowMs);
    expect(said.at(-1)).toBe('silent anna condition-over');
  });

  it('wait after a restart until the status was heard again', async () => {
    const hour: AlertRuleInput = {
      name: 'hour',
      when: { type: 'status', target: 'conversation', is: 'yes', forMinutes: 60 },
    };
    service = await open([hour]);
    see(status('yes', START_MS));
    await service.flush();
    nowMs += 61 * MINUTE_MS;
    service = await open([hour]);
    service.tick(true);
    service.heard(ANNA, nowMs);
    service.tick(true);
    expect(said).toEqual([]);
    see({ ...status('yes', START_MS), kind: 'heartbeat', atMs: nowMs });
    service.tick(true);
    expect(said).toEqual(['hour anna raised']);
  });

  it('count no time in which nobody listened: what is gone through again after a crash is old', async () => {
    const hour: AlertRuleInput = {
      name: 'hour',
      when: { type: 'status', target: 'conversation', is: 'yes', forMinutes: 60 },
    };
    nowMs += 61 * MINUTE_MS;
    service = await open([hour]);
    service.online(ANNA, START_MS + MINUTE_MS);
    see(status('yes', START_MS));
    service.tick(true);
    expect(said).toEqual(['anna online']);
    service.heard(ANNA, nowMs);
    service.tick(true);
    expect(said).toEqual(['anna online', 'hour anna raised']);
  });

  it('whose rule is gone from the configuration, or asks for something else, are cleared at the start', async () => {
    const no: AlertRuleInput = { ...TALK, when: { ...TALK.when, is: 'no' } as AlertRuleInput['when'] };
    for (const others of [[], [no]]) {
      service = await open([TALK]);
      see(status('yes', START_MS));
      await service.flush();
      said = [];
      service = await open(others);
      expect(said).toEqual(['talk anna rule-removed']);
      expect(service.open).toEqual([]);
      expect(service.isPending).toBe(true);
      await service.flush();
      service = await open(others);
      service.tick(true);
      expect(said).toEqual(['talk anna rule-removed']);
    }
  });

  it('go on under a rule whose cooldown was changed', async () => {
    see(status('yes', START_MS));
    await service.flush();
    service = await open([SILENT, { ...TALK, cooldownMinutes: 1 }]);
    expect(service.open).toHaveLength(1);
    expect(said).toEqual(['talk anna raised']);
  });

  it('are pending until the disk knows them, which comes after they were told', async () => {
    const order: string[] = [];
    told = () => Promise.resolve(void order.push('told'));
    see(status('yes', START_MS));
    expect(service.isPending).toBe(true);
    await service.flush();
    expect(service.isPending).toBe(false);
    expect(order).toEqual(['told']);
    told = () => Promise.reject(new Error('the disk is full'));
    see(status('no', START_MS + 1));
    await expect(service.flush()).rejects.toThrow('the disk is full');
    expect(service.isPending).toBe(true);
  });

  it('of a forgotten device are gone, from the disk too', async () => {
    see(status('yes', START_MS));
    service.online(ANNA, nowMs);
    expect(await service.erasable.holds(ANNA)).toBe(true);
    await service.erasable.forget(ANNA);
    service = await open([SILENT, TALK]);
    expect(await service.erasable.holds(ANNA)).toBe(false);
    expect(service.open).toEqual([]);
  });
});

describe('presence', () => {
  it('is told when it changes, not again after a restart', async () => {
    service.online(ANNA, nowMs);
    await service.flush();
    service = await open();
    nowMs += 1000;
    service.online(ANNA, nowMs);
    expect(said).toEqual(['anna online']);
    service.offline(ANNA, nowMs);
    service.offline(ANNA, nowMs);
    expect(said).toEqual(['anna online', 'anna offline']);
  });

  it('of who did not come back after a restart ends', async () => {
    service.online(ANNA, nowMs);
    await service.flush();
    nowMs += 1000;
    service = await open();
    nowMs += 29_000;
    service.tick(true);
    expect(said).toEqual(['anna online']);
    nowMs += 1000;
    service.tick(true);
    service.tick(true);
    expect(said).toEqual(['anna online', 'anna offline']);
  });
});

describe('what devices were heard', () => {
  it('is written once a minute, what else is known at once', async () => {
    const statePath = `${folder.path}/alerts/state.json`;
    const hour: AlertRuleInput = {
      ...TALK,
      when: { ...TALK.when, forMinutes: 60 } as AlertRuleInput['when'],
    };
    service = await open([SILENT, hour]);
    service.online(ANNA, nowMs);
    await service.save();
    const before = await readFile(statePath, 'utf8');
    service.heard(ANNA, nowMs + 1);
    expect(service.isPending).toBe(false);
    nowMs += MINUTE_MS - 1;
    await service.save();
    expect(await readFile(statePath, 'utf8')).toBe(before);
    nowMs += 1;
    await service.save();
    expect(await readFile(statePath, 'utf8')).toContain(String(START_MS + 1));
    see(status('yes', nowMs));
    expect(service.isPending).toBe(true);
  });

  it('does not end while nobody can be heard', async () => {
    service.online(ANNA, nowMs);
    await service.flush();
    nowMs += 1000;
    service = await open();
    nowMs += 60_000;
    service.tick(false);
    expect(said).toEqual(['anna online']);
    service.tick(true);
    expect(said).toEqual(['anna online', 'anna offline']);
  });
});

describe('rules', () => {
  const coat = alertRuleSchema.parse({ name: 'coat', when: { type: 'label', label: 'coat' } });

  it('are added and removed, and outlive a restart; removing clears', async () => {
    await rules.add(coat);
    service = await open([SILENT, TALK]);
    expect(rules.listed.map(({ rule, isConfigured }) => [rule.name, isConfigured])).toEqual([
      ['silent', true],
      ['talk', true],
      ['coat', false],
    ]);
    service.accept({ statuses: [], apparel: [{ device: ANNA, label: 'coat', probability: 1, atMs: nowMs }] });
    await rules.remove('coat');
    expect(said).toEqual(['coat anna raised', 'coat anna rule-removed']);
    await expect(rules.remove('coat')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('hold only once they are on the disk, and are removed only there first', async () => {
    const hat = alertRuleSchema.parse({ name: 'hat', when: { type: 'label', label: 'hat' } });
    await rules.add(coat);
    const inTheWay = `${folder.path}/alerts/rules.json.new`;
    await mkdir(inTheWay);
    await expect(rules.add(hat)).rejects.toMatchObject({ code: 'DISK_UNAVAILABLE' });
    await expect(rules.remove('coat')).rejects.toMatchObject({ code: 'DISK_UNAVAILABLE' });
    expect(rules.listed.map(({ rule }) => rule.name)).toEqual(['silent', 'talk', 'coat']);
    await rmdir(inTheWay);
    await rules.add(hat);
    expect(rules.listed.map(({ rule }) => rule.name)).toEqual(['silent', 'talk', 'coat', 'hat']);
  });

  it('are a hundred at most', async () => {
    const ruleOf = (index: number) =>
      alertRuleSchema.parse({ name: `rule-${index}`, when: { type: 'label', label: `label-${index}` } });
    for (let index = 0; index < 100; index++) await rules.add(ruleOf(index));
    await expect(rules.add(ruleOf(100))).rejects.toThrow('there are 100 rules already; remove one first');
    await rules.remove('rule-0');
    await rules.add(ruleOf(100));
  });

  it('of one name that come at once are one rule', async () => {
    const both = await Promise.allSettled([rules.add(coat), rules.add(coat)]);
    expect(both.map(({ status: outcome }) => outcome)).toEqual(['fulfilled', 'rejected']);
  });

  it('that contradict are refused, and those of the configuration stay', async () => {
    await expect(rules.add({ ...coat, name: 'talk' })).rejects.toThrow(
      'rule talk: there are two of that name',
    );
    await expect(rules.remove('talk')).rejects.toThrow(
      'rule talk is in the configuration; take it out there',
    );
    await expect(open([TALK, TALK])).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
