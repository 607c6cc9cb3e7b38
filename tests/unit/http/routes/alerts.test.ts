import { describe, expect, it } from 'vitest';
import type { AlertRule } from '../../../../src/notify/alerts/rule-schema.js';
import { GatewayError } from '../../../../src/shared/errors.js';
import { createHttpFixture, PHONE, sequenceModel } from '../../../helpers/http-fixture.js';

const RULE = { name: 'talk', when: { type: 'status', target: 'conversation', is: 'yes' } };

async function setUp() {
  const rules: AlertRule[] = [];
  const alert = { id: 'alert_1', rule: 'talk', device: PHONE, text: 'words', sinceMs: 1, raisedAtMs: 2 };
  return await createHttpFixture({
    models: [sequenceModel()],
    openAlerts: () => Promise.resolve({ alerts: [{ ...alert, cleared: undefined }], isComplete: false }),
    alertRules: {
      get listed() {
        return rules.map((rule) => ({ rule, isConfigured: false }));
      },
      add: (rule) => {
        if (rule.name === 'twice')
          throw new GatewayError('INPUT_REFUSED', 'rule twice: there are two of that name');
        rules.push(rule);
        return Promise.resolve();
      },
      remove: (name) => {
        if (name !== 'talk') throw new GatewayError('NOT_FOUND', `there is no alert rule ${name}`);
        return Promise.resolve();
      },
    },
  });
}

describe('/v1/alerts and /v1/alert-rules', () => {
  it('give what is raised', async () => {
    await using fixture = await setUp();
    expect((await fixture.app.inject('/v1/alerts')).json()).toEqual({
      alerts: [expect.objectContaining({ id: 'alert_1', device: 'phone-1', cleared: null })],
      complete: false,
    });
  });

  it('make, list and remove rules', async () => {
    await using fixture = await setUp();
    const made = await fixture.app.inject({ method: 'POST', url: '/v1/alert-rules', payload: RULE });
    expect(made.statusCode).toBe(201);
    expect(made.json()).toMatchObject({
      origin: 'api',
      rule: { name: 'talk', when: { is: ['yes'], forMinutes: 0, toleranceMinutes: 10 }, cooldownMinutes: 5 },
    });
    const list = await fixture.app.inject('/v1/alert-rules');
    expect(list.json()).toEqual({ rules: [made.json()] });
    const removed = await fixture.app.inject({ method: 'DELETE', url: '/v1/alert-rules/talk' });
    expect(removed.statusCode).toBe(204);
    const missing = await fixture.app.inject({ method: 'DELETE', url: '/v1/alert-rules/none' });
    expect([missing.statusCode, missing.json().detail]).toEqual([404, 'there is no alert rule none']);
  });

  it.each([
    [{ ...RULE, name: 'twice' }, 'rule twice: there are two of that name'],
    [
      { ...RULE, when: { ...RULE.when, target: 'asleep' } },
      'there is no target asleep; the models have accompanied',
    ],
    [{ ...RULE, between: { from: '8', to: '20:00' } }, 'between/from: must be a time of day such as 08:00'],
    [
      { ...RULE, name: 'Two Words' },
      'name: must be 1 to 63 of a to z, 0 to 9 and -, the first a letter or digit',
    ],
  ])('refuse %o and say why', async (payload, words) => {
    await using fixture = await setUp();
    const response = await fixture.app.inject({ method: 'POST', url: '/v1/alert-rules', payload });
    expect(response.statusCode).toBe(400);
    expect(response.json().detail).toContain(words);
  });
});
