import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/**
 * What kind of network an address leads to: `private` may be allowed as a whole, `forbidden` (metadata
 * services, tunnels, multicast, reserved) only network by network.
 */
export type AddressKind = 'public' | 'private' | 'forbidden';

type Subnet = readonly [network: string, prefix: number];

/** RFC 1918, loopback, link-local, shared (RFC 6598), benchmarking, unique local. */
const PRIVATE: readonly Subnet[] = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
  ['198.18.0.0', 15],
  ['192.0.0.0', 24],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
];
/** Metadata services of clouds; then what is no host's address or leads through a tunnel to another. */
const FORBIDDEN: readonly Subnet[] = [
  ['169.254.169.254', 32],
  ['169.254.170.2', 32],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['fd00:ec2::254', 128],
  ['0.0.0.0', 8],
  ['192.0.2.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['ff00::', 8],
];

// Made when first asked: commands that send nothing load this file with the configuration.
const privateList = once(() => listOf(PRIVATE));
const forbiddenList = once(() => listOf(FORBIDDEN));

export interface AddressGuardOptions {
  readonly allowPrivate: boolean;
  /** Networks such as `192.168.7.0/24`: allowed whatever they are. */
  readonly allowNetworks: readonly string[];
}

/** Decides which addresses events may be sent to. */
export class AddressGuard {
  readonly #allowPrivate: boolean;
  readonly #allowed: BlockList;
  /** Whether any address that is not public can be reached. */
  readonly allowsSomePrivate: boolean;

  constructor({ allowPrivate, allowNetworks }: AddressGuardOptions) {
    this.#allowPrivate = allowPrivate;
    this.#allowed = listOf(allowNetworks.map(parseNetwork));
    this.allowsSomePrivate = allowPrivate || allowNetworks.length > 0;
  }

  /** @returns why nothing may be sent there; `undefined` when it may */
  refusal(address: string, isEncrypted: boolean): string | undefined {
    const plain = withoutEmbedding(address);
    const kind = kindOf(plain);
    if (contains(this.#allowed, plain)) return undefined;
    if (kind === 'forbidden') return `${address} is a metadata, multicast or reserved address`;
    if (kind === 'private') return this.#allowPrivate ? undefined : `${address} is a ${PRIVATE_WORDS}`;
    return isEncrypted ? undefined : `${address} is a public address and the URL is not https`;
  }
}

const PRIVATE_WORDS =
  'private, loopback or link-local address; webhooks.allowPrivate or webhooks.allowNetworks would allow it';

/** What an IPv4 or IPv6 address is; an IPv4 address within an IPv6 one counts as itself. */
export function kindOf(address: string): AddressKind {
  const plain = withoutEmbedding(address);
  if (isIP(plain) === 0 || contains(forbiddenList(), plain)) return 'forbidden';
  return contains(privateList(), plain) ? 'private' : 'public';
}

/** Whether a text is a network such as `10.0.0.0/8` or `fd00::/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix = ''] = text.split('/');
  const longest = isIPv4(address) ? 32 : 128;
  return isIP(address) !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest;
}

/** IPv4 within IPv6: mapped (`::ffff:0:0/96`), translated (`64:ff9b::/96`) and compatible (`::/96`) addresses. */
const EMBEDDED = /^(?:::ffff:|64:ff9b::|::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
const BYTE = 256;

function withoutEmbedding(address: string): string {
  const plain = address.replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const canonical = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const [, high, low] = EMBEDDED.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  const groups = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return groups.flatMap((group) => [Math.floor(group / BYTE), group % BYTE]).join('.');
}

function parseNetwork(text: string): Subnet {
  const [address = '', prefix = ''] = text.split('/');
  return [address, Number(prefix)];
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function listOf(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, family(network));
  return list;
}

function contains(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, family(address));
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
