import { describe, expect, it } from 'vitest';
import { deviceSettings } from '../../../src/cli/device-settings.js';
import { configSchema } from '../../../src/config/schema.js';
import { deviceId } from '../../helpers/make-results.js';

const ANNA = deviceId('anna');
const settings = (config: object) => deviceSettings(configSchema.parse(config), ANNA, 'secret');

describe('deviceSettings', () => {
  it('names an address of this machine where the gateway listens on all', () => {
    const { mqtt, http, warnings } = settings({ mqtt: { host: '0.0.0.0' }, http: { host: '0.0.0.0' } });
    expect(mqtt.url).toMatch(/^tcp:\/\/\d+\.\d+\.\d+\.\d+:1883$/);
    expect(mqtt.url).not.toContain('0.0.0.0');
    expect(http.url).not.toContain('0.0.0.0');
    expect(warnings).toEqual([]);
  });

  it('says when TLS is on', () => {
    const tls = { certFile: 'c', keyFile: 'k' };
    const { mqtt, http } = settings({
      mqtt: { host: 'gateway.lan', port: 8883, tlsListener: tls },
      http: { host: 'gateway.lan', tls },
    });
    expect(mqtt).toMatchObject({ url: 'tcp://gateway.lan:8883', tls: true });
    expect(http.url).toBe('https://gateway.lan:8080/v1/ingest/sensor-logger');
  });

  it.each([
    ['mqtt://broker.lan', 'tcp://broker.lan:1883', false],
    ['mqtts://broker.lan', 'tcp://broker.lan:8883', true],
    ['mqtt://user:pass@broker.lan:1884', 'tcp://broker.lan:1884', false],
  ])('names the external broker %s without its password', (url, shown, tls) => {
    const { mqtt } = settings({ mqtt: { embedded: false, url }, http: { host: '0.0.0.0' } });
    expect(mqtt).toMatchObject({ url: shown, tls });
  });

  it.each([
    [[{ topic: 'a/{device}/b', format: 'sensor-logger' }], 'a/anna/b'],
    [[{ topic: 'a/+', format: 'sensor-logger' }], 'a/anna'],
    [[{ topic: 'a', format: 'sensor-logger', device: 'anna' }], 'a'],
    [[{ topic: 'a', format: 'sensor-logger' }], 'sensor-logger/anna'],
  ])('names the topic by the subscriptions %j', (subscriptions, topic) => {
    expect(settings({ mqtt: { subscriptions } }).mqtt.topic).toBe(topic);
  });
});
