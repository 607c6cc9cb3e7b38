import { BlockList, isIP, isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import ipaddr from 'ipaddr.js';

/** A household or a host has as many IPv6 addresses as it likes, but one such network. */
const NETWORK_GROUPS = 4;

/** Whether only programs of this machine reach what listens on a host. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return /^(localhost|.+\.localhost)$/i.test(host);
  return ipaddr.process(host).range() === 'loopback';
}

/** Interfaces of containers, virtual machines and tunnels: phones are in none of their networks. */
const VIRTUAL_INTERFACE = /^(docker|br-|veth|virbr|vmnet|vboxnet|tun|tap|wg|zt|cni|flannel|podman)/;

/** IPv4 addresses at which phones of the same network reach this machine, the likeliest first. */
export function lanAddresses(interfaces: NodeJS.Dict<readonly NetworkInterfaceInfo[]>): string[] {
  const unlikely = (name: string, address: string): number =>
    Number(VIRTUAL_INTERFACE.test(name)) + Number(address.startsWith('169.254.'));
  return Object.entries(interfaces)
    .flatMap(([name, found = []]) => found.map((each) => ({ name, ...each })))
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .sort((a, b) => unlikely(a.name, a.address) - unlikely(b.name, b.address))
    .map(({ address }) => address);
}

/**
 * Whether a request may ask for this name where nobody has to say who they are: `localhost`, an address, or one of the allowed
 * names. A web page whose name was pointed at this machine after it was loaded (DNS rebinding) asks for another.
 *
 * @param host a `Host` header; a request without one is none of a browser
 * @param allowed `undefined` where any name may be asked for
 */
export function isOwnHost(host: string | undefined, allowed: readonly string[] | undefined): boolean {
  if (allowed === undefined || host === undefined) return true;
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
  const isAddress = isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  return isAddress || /^(.+\.)?localhost$/.test(name) || allowed.includes(name);
}

/** What stands for a client in limits by address: its IPv4 address, or its IPv6 network of 64 bits. */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  if (isIP(address) === 0) return address;
  const plain = ipaddr.process(address);
  if (!(plain instanceof ipaddr.IPv6)) return plain.toString();
  return `${plain.parts
    .slice(0, NETWORK_GROUPS)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** Whether what an address says of who asked it is believed; `hop` 0 is who is connected. */
export type ProxyTrust = (address: string, hop: number) => boolean;

/** @param proxies `true`: who is connected is a proxy; or addresses and networks (`10.0.0.0/8`) of proxies */
export function createProxyTrust(proxies: boolean | readonly string[]): ProxyTrust {
  if (typeof proxies === 'boolean') return (_address, hop) => proxies && hop === 0;
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    if (isIP(address) === 0) return false;
    const plain = ipaddr.process(address);
    return trusted.check(plain.toString(), plain.kind());
  };
}

/**
 * Who asks, where proxies may be in between: the nearest address that is no proxy. What lies behind that one is only its word.
 *
 * @param forwardedFor the `X-Forwarded-For` header, to which each proxy adds who asked it
 */
export function clientAddress(
  connected: string | undefined,
  forwardedFor: string | undefined,
  trust: ProxyTrust,
): string | undefined {
  const told = (forwardedFor ?? '').split(',').map((address) => address.trim());
  let client = connected;
  for (const [hop, address] of told.reverse().entries()) {
    if (client === undefined || isIP(address) === 0 || !trust(client, hop)) return client;
    client = address;
  }
  return client;
}
