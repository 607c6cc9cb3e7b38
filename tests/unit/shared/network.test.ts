import { describe, expect, it } from 'vitest';
import {
  addressKey,
  clientAddress,
  createProxyTrust,
  isLoopback,
  isOwnHost,
  lanAddresses,
} from '../../../src/shared/network.js';

describe('isLoopback', () => {
  it.each([
    '127.0.0.1',
    '127.1.2.3',
    '::1',
    'localhost',
    'LOCALHOST',
    'x.localhost',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
  ])('%s is this machine only', (host) => expect(isLoopback(host)).toBe(true));
  it.each([
    '0.0.0.0',
    '::',
    '192.168.1.5',
    '128.0.0.1',
    'gateway.lan',
    'localhost.evil.example',
    '',
    'fe80::1',
    '::ffff:10.0.0.1',
  ])('%s is not', (host) => expect(isLoopback(host)).toBe(false));
});

describe('isOwnHost', () => {
  const allowed = ['gateway.lan'];
  it.each([
    'localhost',
    'localhost:8080',
    'x.localhost',
    '10.0.0.1:80',
    '[::1]:80',
    'gateway.lan:1',
    undefined,
  ])('%s may be asked for', (host) => expect(isOwnHost(host, allowed)).toBe(true));
  it.each([
    'evil.example',
    'gateway.lan.evil.example',
    'localhost.evil.example:80',
    'x.gateway.lan',
    '',
    ':::',
    'a b',
  ])('%j may not, but where any name may', (host) =>
    expect([isOwnHost(host, allowed), isOwnHost(host, undefined)]).toEqual([false, true]),
  );
});

describe('addressKey', () => {
  it.each([
    ['192.168.1.5', '192.168.1.5'],
    ['::ffff:192.168.1.5', '192.168.1.5'],
    ['::ffff:c0a8:105', '192.168.1.5'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('%s counts as %s', (address, key) => expect(addressKey(address)).toBe(key));
});

describe('who asks through proxies', () => {
  it.each<[string, boolean | string[], string, string | undefined, string]>([
    ['nobody is trusted', false, '10.0.0.1', '1.2.3.4', '10.0.0.1'],
    ['one proxy, which adds who asked it', true, '10.0.0.1', '9.9.9.9, 1.2.3.4', '1.2.3.4'],
    ['one proxy, which adds nothing', true, '10.0.0.1', undefined, '10.0.0.1'],
    ['a list, of which the nearest is none', ['10.0.0.2'], '10.0.0.1', '1.2.3.4', '10.0.0.1'],
    [
      'proxies one after another',
      ['10.0.0.0/8', '::1'],
      '::ffff:10.0.0.1',
      '9.9.9.9, 1.2.3.4, 10.1.1.1',
      '1.2.3.4',
    ],
    ['proxies only', ['10.0.0.0/8'], '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['an IPv6 network', ['fd00::/8'], 'fd00::1', '2001:db8::1', '2001:db8::1'],
    ['what is no address', true, '10.0.0.1', '1.2.3.4, unknown', '10.0.0.1'],
  ])('%s', (_, proxies, connected, forwardedFor, client) => {
    expect(clientAddress(connected, forwardedFor, createProxyTrust(proxies))).toBe(client);
  });
});

it('addresses in the network of phones come before those of containers and tunnels', () => {
  const at = (address: string, family: 'IPv4' | 'IPv6' = 'IPv4', internal = false) => ({
    address,
    internal,
    netmask: '',
    mac: '',
    cidr: null,
    ...(family === 'IPv4' ? { family } : { family, scopeid: 0 }),
  });
  const interfaces = {
    lo: [at('127.0.0.1', 'IPv4', true)],
    docker0: [at('172.17.0.1')],
    eth1: [at('169.254.3.4')],
    wlan0: [at('fe80::1', 'IPv6'), at('192.168.1.5')],
  };
  expect(lanAddresses(interfaces)).toEqual(['192.168.1.5', '172.17.0.1', '169.254.3.4']);
});
