import { describe, expect, it } from 'vitest';
import { mosquittoAcl, mosquittoPasswords } from '../../../src/access/mosquitto.js';
import { makeRecords } from '../../helpers/make-access.js';

const gateway = { username: 'alongside', password: '$7$1$a$b' };
const setup = { devices: [], gateway, topics: [], homeAssistantPrefix: 'homeassistant' };

describe('mosquittoPasswords', () => {
  it('has a line a user, the gateway included', async () => {
    const { devices } = (await makeRecords()).records;
    const lines = mosquittoPasswords({ ...setup, devices }).split('\n');
    expect(lines[0]).toBe('alongside:$7$1$a$b');
    expect(lines[1]).toMatch(/^anna:\$7\$10000\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{86}==$/);
    expect(lines.slice(2)).toEqual([expect.stringMatching(/^ben:/), '']);
  });
});

describe('mosquittoAcl', () => {
  it("puts the user's name where a topic names the device", () => {
    const topics = [
      { topic: 'sensor-logger' },
      { topic: 'sensor-logger/+' },
      { topic: 'site/+/phones/{device}/raw' },
      { topic: 'lab/left', device: 'anna' },
    ];
    expect(mosquittoAcl({ ...setup, topics }).split('\n')).toEqual([
      expect.stringMatching(/^#/),
      'user alongside',
      'topic readwrite alongside/#',
      'topic read sensor-logger',
      'topic read sensor-logger/+',
      'topic read site/+/phones/+/raw',
      'topic read lab/left',
      'topic write homeassistant/device/+/config',
      'topic read homeassistant/status',
      '',
      'user anna',
      'topic write lab/left',
      '',
      'pattern write alongside/%u/sensors',
      'pattern write alongside/%u/frames',
      'pattern write alongside/%u/labels',
      'pattern write sensor-logger/%u',
      'pattern write site/+/phones/%u/raw',
      'pattern read alongside/%u/status',
      'pattern read alongside/%u/company',
      'pattern read alongside/%u/apparel',
      '',
    ]);
  });
});
