import { describe, expect, it } from 'vitest';
import { clientOptions, displayUrl } from '../../../../src/ingest/client/mqtt-client-options.js';

describe(displayUrl, () => {
  it.each([
    ['mqtt://user:secret@broker:1883', 'mqtt://broker:1883'],
    ['wss://broker/mqtt?x=1', 'wss://broker/mqtt'],
    ['mqtts://[::1]:8883/', 'mqtts://[::1]:8883'],
  ])('shows %s without secrets', (url, shown) => {
    expect(displayUrl(url)).toBe(shown);
  });

  it.each(['broker:1883', 'http://broker', '', 'mqtt//broker'])('refuses %j', (url) => {
    expect(() => displayUrl(url)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

describe(clientOptions, () => {
  const address = { url: 'mqtt://b', clientId: 'gw' };
  const create = (more = {}) => clientOptions({ ...address, ...more }, 500, () => undefined);

  it('asks for a session that lasts, with a Last Will', () => {
    expect(create()).toMatchObject({
      clean: false,
      clientId: 'gw',
      protocolVersion: 4,
      will: {
        topic: 'alongside/gateway/availability',
        payload: Buffer.from('offline'),
        retain: true,
        qos: 1,
      },
    });
    expect(create({ protocolVersion: 5 })).toMatchObject({
      properties: { sessionExpiryInterval: 86_400, receiveMaximum: 500 },
    });
  });

  it('leaves out what is not given, since mqtt.js takes it for given', () => {
    const options = create({ username: undefined, tls: { ca: 'PEM', cert: undefined } });
    expect(options).not.toHaveProperty('username');
    expect(options).not.toHaveProperty('cert');
    expect(options).not.toHaveProperty('properties');
    expect(options).toHaveProperty('ca', 'PEM');
  });
});
