import { describe, expect, it } from 'vitest';
import {
  CLOSED_UNANSWERED,
  type ConnectionTarget,
  describeConnectionError,
} from '../../../../src/ingest/client/connection-error.js';

const TARGET: ConnectionTarget = {
  url: 'mqtt://broker:1883',
  username: 'gateway',
  clientId: 'alongside',
  keepaliveSeconds: 60,
};

const withCode = (code: string | number): Error => Object.assign(new Error('text'), { code });

describe(describeConnectionError, () => {
  it.each<[string | number, RegExp]>([
    ['ECONNREFUSED', /nothing listens there: start the broker or correct mqtt\.url/],
    ['ENOTFOUND', /name is not known/],
    ['EHOSTUNREACH', /firewall/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /mqtt\.tls\.caFile/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /certificate is for another name/],
    ['CERT_HAS_EXPIRED', /expired/],
    [4, /password of user "gateway".*mqtt\.password/],
    [5, /password of user "gateway"/],
    [134, /password of user "gateway"/],
    [132, /mqtt\.protocolVersion/],
    [133, /client id "alongside"/],
  ])('explains %s', (code, text) => {
    const described = describeConnectionError(withCode(code), TARGET);
    expect(described).toMatch(/^broker mqtt:\/\/broker:1883: /);
    expect(described).toMatch(text);
  });

  it('asks for a login where none was given', () => {
    const anonymous = { ...TARGET, username: undefined };
    expect(describeConnectionError(withCode(5), anonymous)).toMatch(/set mqtt\.username and mqtt\.password/);
  });

  it.each([
    ['connack timeout', /does not answer in MQTT/],
    [CLOSED_UNANSWERED, /does not answer in MQTT: check the port and the scheme \(mqtts:/],
    ['Unexpected server response: 404', /does not answer in MQTT/],
    ['Keepalive timeout', /keepalive of 60 s/],
    ['write EPROTO 80:error:0A00010B:SSL routines:wrong version number', /does not speak TLS/],
  ])('explains errors without a code: %s', (message, text) => {
    expect(describeConnectionError(new Error(message), TARGET)).toMatch(text);
  });

  it('repeats what it does not know', () => {
    expect(describeConnectionError(withCode('EWHATEVER'), TARGET)).toBe('broker mqtt://broker:1883: text');
    expect(describeConnectionError('odd', TARGET)).toBe('broker mqtt://broker:1883: odd');
  });
});
