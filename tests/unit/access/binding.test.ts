import { describe, expect, it } from 'vitest';
import { NO_RECORDS } from '../../../src/access/access-file.js';
import { bindingProblems, exposureOf } from '../../../src/access/binding.js';
import { makeRecords } from '../../helpers/make-access.js';

const LOCAL = { httpHost: '127.0.0.1', mqttHost: 'localhost', allowAnonymous: false };

describe('bindingProblems', () => {
  it('has none on loopback, even with anonymous access', () => {
    expect(bindingProblems(LOCAL, NO_RECORDS)).toEqual([]);
  });

  it.each([
    [{ ...LOCAL, httpHost: '0.0.0.0' }, 'http.host=0.0.0.0 would'],
    [{ ...LOCAL, mqttHost: '192.168.1.5' }, 'mqtt.host=192.168.1.5 would'],
    [{ ...LOCAL, httpHost: '::', mqttHost: '::' }, 'http.host=:: and mqtt.host=:: would'],
  ])('refuses %j without credentials, saying what to do', (binding, words) => {
    const [problem] = bindingProblems(binding, NO_RECORDS);
    expect(problem).toContain(words);
    expect(problem).toContain('alongside devices add');
    expect(problem).toContain('alongside tokens create');
    expect(problem).toContain('access.allowAnonymous');
  });

  it('lets it be with a device, with a token, or with somebody who said so', async () => {
    const binding = { ...LOCAL, httpHost: '0.0.0.0', mqttHost: '0.0.0.0' };
    const { devices, tokens } = (await makeRecords()).records;
    expect(bindingProblems(binding, { devices, tokens: [] })).toEqual([]);
    expect(bindingProblems(binding, { devices: [], tokens })).toEqual([]);
    expect(bindingProblems({ ...binding, allowAnonymous: true }, NO_RECORDS)).toEqual([]);
  });

  it('does not mind where somebody else is the broker', () => {
    expect(bindingProblems({ ...LOCAL, mqttHost: undefined }, NO_RECORDS)).toEqual([]);
  });
});

describe('exposureOf', () => {
  it('tells channels that other machines reach', () => {
    expect(exposureOf({ ...LOCAL, httpHost: '0.0.0.0' })).toEqual({ http: true, mqtt: false });
    expect(exposureOf({ ...LOCAL, mqttHost: '0.0.0.0' })).toEqual({ http: false, mqtt: true });
    expect(exposureOf({ httpHost: '0.0.0.0', mqttHost: '0.0.0.0', allowAnonymous: true })).toEqual({
      http: false,
      mqtt: false,
    });
  });
});
