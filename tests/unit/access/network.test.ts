import { describe, expect, it } from 'vitest';
import { addressKey, isLoopback, isOwnHost } from '../../../src/access/network.js';

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost', 'LOCALHOST', 'x.localhost', '::ffff:127.0.0.1'])(
    '%s is this machine only',
    (host) => expect(isLoopback(host)).toBe(true),
  );
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
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('%s counts as %s', (address, key) => expect(addressKey(address)).toBe(key));
});
