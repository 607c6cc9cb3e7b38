import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectionPayload, discoveryOf } from '../../../../src/notify/home-assistant/discovery.js';
import { DISCOVERY_TOPIC, homeAssistantDiscoverySchema } from '../../../helpers/home-assistant-schema.js';
import { deviceId } from '../../../helpers/make-results.js';

const of = (
  device: string,
  targets: readonly string[] = ['accompanied', 'conversation'],
  announced: Readonly<Record<string, string>> = {},
) =>
  discoveryOf(deviceId(device), {
    prefix: 'homeassistant',
    version: '1.2.3',
    targets,
    announced,
    topics: {
      availability: 'alongside/gateway/availability',
      status: `alongside/${device}/status`,
      connection: `alongside/${device}/connection`,
    },
  });

describe(discoveryOf, () => {
  it('has a sensor that names whom a device is with, where the gateway looks for that', () => {
    const { payload } = discoveryOf(deviceId('anna'), {
      prefix: 'homeassistant',
      version: '1.2.3',
      targets: [],
      announced: {},
      topics: { availability: 'a', status: 's', connection: 'c', company: 'alongside/anna/company' },
    });
    const { cmps } = homeAssistantDiscoverySchema.parse(JSON.parse(payload));
    expect(cmps['alongside_anna_with']).toMatchObject({
      p: 'sensor',
      name: 'With',
      stat_t: 'alongside/anna/company',
      val_tpl:
        "{{ (value_json.company[:3] | map(attribute='with') | join(', ')) if value_json.company else 'None' }}",
    });
  });

  it('has a sensor that names all that is worn, where a camera showed it', () => {
    const { payload } = discoveryOf(deviceId('anna'), {
      prefix: 'homeassistant',
      version: '1.2.3',
      targets: [],
      announced: {},
      topics: { availability: 'a', status: 's', connection: 'c', apparel: 'alongside/anna/apparel' },
    });
    const { cmps } = homeAssistantDiscoverySchema.parse(JSON.parse(payload));
    expect(cmps['alongside_anna_wears']).toMatchObject({
      p: 'sensor',
      stat_t: 'alongside/anna/apparel',
      val_tpl: "{{ (value_json.worn | join(', '))[:255] }}",
    });
  });

  it('has a binary sensor and a confidence a target, the connection, and when the device was seen', () => {
    const { topic, payload } = of('anna');
    expect(topic).toBe('homeassistant/device/alongside_anna/config');
    const { dev, avty, cmps } = homeAssistantDiscoverySchema.parse(JSON.parse(payload));
    expect(dev).toMatchObject({ ids: ['alongside_anna'], name: 'anna', sw: '1.2.3' });
    expect(avty).toEqual([{ t: 'alongside/gateway/availability' }]);
    const described = Object.values(cmps).map((component) =>
      'name' in component ? `${component.p} ${component.name} ${component.stat_t}` : 'removed',
    );
    expect(described).toEqual([
      'binary_sensor Accompanied alongside/anna/status',
      'sensor Accompanied confidence alongside/anna/status',
      'binary_sensor Conversation alongside/anna/status',
      'sensor Conversation confidence alongside/anna/status',
      'binary_sensor Connected alongside/anna/connection',
      'sensor Last seen alongside/anna/connection',
    ]);
  });

  it('removes by name what was there earlier and is no more', () => {
    const { components } = of('anna', ['accompanied', 'conversation']);
    expect(components).toMatchObject({ conversation: 'binary_sensor', conversation_confidence: 'sensor' });
    const { payload } = of('anna', ['accompanied'], components);
    const { cmps } = JSON.parse(payload);
    expect(cmps.alongside_anna_conversation).toEqual({ p: 'binary_sensor' });
    expect(cmps.alongside_anna_conversation_confidence).toEqual({ p: 'sensor' });
    expect(cmps.alongside_anna_accompanied).toHaveProperty('stat_t');
    expect(Object.keys(cmps)).toHaveLength(6);
    homeAssistantDiscoverySchema.parse(JSON.parse(payload));
  });

  it('has an enumeration of its classes for a target with more than two, and attributes with the reason', () => {
    const { payload } = discoveryOf(deviceId('anna'), {
      prefix: 'homeassistant',
      version: '1',
      targets: ['activity'],
      announced: {},
      classes: { activity: ['seated', 'walking'] },
      topics: { availability: 'a', status: 'alongside/anna/status', connection: 'c' },
    });
    const { cmps } = homeAssistantDiscoverySchema.parse(JSON.parse(payload));
    expect(Object.values(cmps)[0]).toMatchObject({
      p: 'sensor',
      dev_cla: 'enum',
      ops: ['seated', 'walking'],
      name: 'Activity',
      val_tpl:
        "{% set s = value_json.statuses.get('activity', {}).get('status', 'unknown') %}{{ 'None' if s == 'unknown' else s }}",
      json_attr_t: 'alongside/anna/status',
      json_attr_tpl: "{{ value_json.statuses.get('activity', {}) | tojson }}",
    });
  });

  it('is what Home Assistant takes for every name, and another for every device', () => {
    const name = fc
      .stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,20}$/)
      .filter((text) => !text.includes('..'));
    fc.assert(
      fc.property(
        name,
        name,
        fc.uniqueArray(fc.stringMatching(/^[a-z'"\\. _-]{1,10}$/)),
        (one, other, targets) => {
          const { topic, payload } = of(one, targets);
          expect(topic).toMatch(DISCOVERY_TOPIC);
          homeAssistantDiscoverySchema.parse(JSON.parse(payload));
          expect(of(other).topic === topic).toBe(one === other);
        },
      ),
    );
  });
});

describe(connectionPayload, () => {
  it('says when a device was seen in a form that a timestamp sensor takes', () => {
    expect(JSON.parse(connectionPayload(deviceId('anna'), true, 0))).toEqual({
      device: 'anna',
      online: true,
      lastSeenMs: 0,
      lastSeen: '1970-01-01T00:00:00.000Z',
    });
    expect(JSON.parse(connectionPayload(deviceId('anna'), false, undefined))).toMatchObject({
      lastSeen: null,
    });
  });
});
