const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The partition of a device, or of an endpoint that one gateway sends to: the 32-bit FNV-1a hash of its name as it stands in subjects, modulo the number of partitions. A
 * subject mapping of NATS, `{{partition(64,1)}}`, comes to the same.
 */
export function partitionOf(name: string, partitions: number): number {
  let hash = FNV_OFFSET;
  for (const byte of Buffer.from(escapeName(name))) hash = Math.imul(hash ^ byte, FNV_PRIME) >>> 0;
  return hash % partitions;
}

/** The partition of a device, or of an endpoint, by its name. */
export type PartitionOf = (name: string) => number;

/** Names whose partition is remembered; beyond that all are forgotten and worked out again. */
const MOST_REMEMBERED = 100_000;

/** {@link partitionOf} of a number of partitions, worked out once for each name: it is asked of each device, for each partition owned, each second. */
export function rememberedPartitions(partitions: number, mostRemembered = MOST_REMEMBERED): PartitionOf {
  const known = new Map<string, number>();
  return (name) => {
    const remembered = known.get(name);
    if (remembered !== undefined) return remembered;
    if (known.size >= mostRemembered) known.clear();
    const partition = partitionOf(name, partitions);
    known.set(name, partition);
    return partition;
  };
}

/**
 * A name as one token of a subject and as a key of a bucket, neither of which may hold every character: `a.b` is `a=2Eb`. What is
 * neither letter, digit, `_` nor `-` becomes `=` and two hex digits for each of its bytes.
 */
export function escapeName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/gu, (character) =>
    Array.from(Buffer.from(character), (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
      '',
    ),
  );
}

const BRIDGE = 'bridge';

/** The key of the record that says who is the client of an external broker. */
export function bridgeKey(to: string): string {
  return `${BRIDGE}.${escapeName(to)}`;
}

/** The name that {@link escapeName} made a token of; `undefined` for a token that it does not make. */
export function unescapeName(token: string): string | undefined {
  if (!/^(?:[A-Za-z0-9_-]|=[0-9A-F]{2})*$/.test(token)) return undefined;
  const name = token.replace(/(?:=..)+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('=', ''), 'hex').toString(),
  );
  return escapeName(name) === token ? name : undefined;
}
