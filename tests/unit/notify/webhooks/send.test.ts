import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { isSecret, makeSecret } from '../../../../src/notify/webhooks/check-endpoint.js';
import { eventMessage, signedHeaders, testMessage } from '../../../../src/notify/webhooks/send.js';
import { deviceId } from '../../../helpers/make-results.js';

const MESSAGE = eventMessage({
  id: 'evt_1',
  type: 'device.online',
  device: deviceId('anna'),
  atMs: Date.UTC(2026, 0, 31, 12),
  data: {},
});

describe('a message', () => {
  it('has the shape that Standard Webhooks recommends', () => {
    expect(JSON.parse(MESSAGE.body)).toEqual({
      type: 'device.online',
      timestamp: '2026-01-31T12:00:00.000Z',
      data: { device: 'anna' },
    });
    expect(JSON.parse(testMessage('evt_2', 0).body)).toMatchObject({ type: 'webhook.test' });
  });

  it('is signed so that the reference implementation accepts it, by each secret', () => {
    const secrets = [makeSecret(), makeSecret()];
    const headers = signedHeaders(MESSAGE, secrets, Date.now());
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of secrets) {
      expect(new Webhook(secret).verify(MESSAGE.body, headers)).toMatchObject({ type: 'device.online' });
      expect(() => new Webhook(secret).verify(`${MESSAGE.body} `, headers)).toThrow('No matching signature');
    }
    expect(() => new Webhook(makeSecret()).verify(MESSAGE.body, headers)).toThrow('No matching signature');
  });

  it('is signed as the standard says', () => {
    const key = Buffer.alloc(32, 7);
    const headers = signedHeaders(MESSAGE, [`whsec_${key.toString('base64')}`], 1_700_000_000_999);
    const signed = createHmac('sha256', key).update(`evt_1.1700000000.${MESSAGE.body}`).digest('base64');
    expect(headers).toMatchObject({
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': `v1,${signed}`,
    });
  });
});

describe('secrets', () => {
  it('are made as they must be', () => {
    expect(isSecret(makeSecret())).toBe(true);
    expect(makeSecret()).not.toBe(makeSecret());
  });

  it.each([
    'whsec_',
    'secret',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    `whsec_${'!'.repeat(40)}`,
    Buffer.alloc(32).toString('base64'),
  ])('%s is none', (text) => {
    expect(isSecret(text)).toBe(false);
  });
});
