import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressGuard, isNetwork, kindOf } from '../../../../src/notify/webhooks/address-guard.js';

const strict = new AddressGuard({ allowPrivate: false, allowNetworks: [] });

describe(kindOf, () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.0.10', 'private'],
    ['127.0.0.1', 'private'],
    ['127.255.0.1', 'private'],
    ['169.254.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['fe80::1%eth0', 'private'],
    ['169.254.169.254', 'forbidden'],
    ['fd00:ec2::254', 'forbidden'],
    ['100.100.100.200', 'forbidden'],
    ['0.0.0.0', 'forbidden'],
    ['::', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['ff02::1', 'forbidden'],
    ['2002:7f00:1::', 'forbidden'],
    ['::ffff:127.0.0.1', 'private'],
    ['::ffff:a9fe:a9fe', 'forbidden'],
    ['64:ff9b::192.168.1.1', 'private'],
    ['::192.168.1.1', 'private'],
    ['no address', 'forbidden'],
  ])('%s is %s', (address, kind) => {
    expect(kindOf(address)).toBe(kind);
  });

  it('judges an IPv4 address within an IPv6 one as itself', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '64:ff9b::'), (address, prefix) => {
        expect(kindOf(`${prefix}${address}`)).toBe(kindOf(address));
      }),
    );
  });
});

describe(AddressGuard, () => {
  it('refuses all that is not public, and plain http to what is', () => {
    expect(strict.refusal('10.0.0.1', true)).toMatch(/private, loopback or link-local/);
    expect(strict.refusal('169.254.169.254', true)).toMatch(/metadata/);
    expect(strict.refusal('8.8.8.8', true)).toBeUndefined();
    expect(strict.refusal('8.8.8.8', false)).toMatch(/not https/);
  });

  it('allows private addresses as a whole, metadata services never', () => {
    const guard = new AddressGuard({ allowPrivate: true, allowNetworks: [] });
    expect(guard.refusal('192.168.1.1', false)).toBeUndefined();
    expect(guard.refusal('::ffff:192.168.1.1', false)).toBeUndefined();
    expect(guard.refusal('169.254.169.254', true)).toBeDefined();
  });

  it('allows networks by name, and nothing beside them', () => {
    const guard = new AddressGuard({ allowPrivate: false, allowNetworks: ['192.168.7.0/24', 'fd00::/8'] });
    expect(guard.refusal('192.168.7.9', false)).toBeUndefined();
    expect(guard.refusal('::ffff:192.168.7.9', false)).toBeUndefined();
    expect(guard.refusal('fd00::9', false)).toBeUndefined();
    expect(guard.refusal('192.168.8.9', false)).toBeDefined();
    expect(guard.refusal('127.0.0.1', false)).toBeDefined();
  });
});

describe(isNetwork, () => {
  it.each(['10.0.0.0/8', '0.0.0.0/0', 'fd00::/8', '::1/128'])('takes %s', (text) => {
    expect(isNetwork(text)).toBe(true);
  });
  it.each(['10.0.0.0', '10.0.0.0/33', 'fd00::/129', 'lan/8', '10.0.0.0/x', ''])('refuses %s', (text) => {
    expect(isNetwork(text)).toBe(false);
  });
});
