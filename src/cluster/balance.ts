/** What a gateway sees of the cluster when it decides. */
export interface ClusterView {
  /** The gateway that decides. */
  readonly self: string;
  /** Gateways that may own partitions: alive, able to, and not about to stop. What is free waits for the one it goes to. */
  readonly members: readonly string[];
  /** The owner of each partition; `''` where it is free: let go of, or its lease has run out. */
  readonly owners: readonly string[];
}

export interface Balance {
  readonly take: readonly number[];
  readonly letGo: readonly number[];
}

/**
 * What a gateway takes and lets go of. Nobody coordinates: gateways that see the same come to the same plan, of which each does its
 * own part, and those that see less for a moment are stopped by the conditional write of the owner's record.
 *
 * A free partition goes to the gateway with the fewest. When some have fewer than others by two or more, those with the most let go of
 * as many as it takes, which is the least number of moves.
 */
export function decide({ self, members, owners }: ClusterView): Balance {
  const own = partitionsOf(owners, (owner) => owner === self);
  if (!members.includes(self)) return { take: [], letGo: own };
  const counts = new Map(members.toSorted().map((member) => [member, 0]));
  for (const owner of owners) if (counts.has(owner)) add(counts, owner, 1);

  const free = partitionsOf(owners, (owner) => owner === '');
  const take = free.filter((partition) => giveToFewest(counts, partition) === self);
  // What a gateway owns that is no member will be free soon: nobody needs to let go of others in its place.
  const lost = partitionsOf(owners, (owner) => owner !== '' && !counts.has(owner));
  for (const partition of lost) giveToFewest(counts, partition);
  const letGo = leastWanted(self, own).slice(0, surplusOf(self, counts));
  return { take, letGo };
}

function partitionsOf(owners: readonly string[], isWanted: (owner: string) => boolean): number[] {
  return owners.flatMap((owner, partition) => (isWanted(owner) ? [partition] : []));
}

function add(counts: Map<string, number>, member: string, change: number): void {
  counts.set(member, (counts.get(member) ?? 0) + change);
}

/** Gives a partition to the member with the fewest; among equals to the one that comes first in its rendezvous order. */
function giveToFewest(counts: Map<string, number>, partition: number): string {
  const fewest = Math.min(...counts.values());
  const equals = [...counts.keys()].filter((member) => counts.get(member) === fewest);
  const chosen = equals.reduce((best, member) =>
    weightOf(member, partition) > weightOf(best, partition) ? member : best,
  );
  add(counts, chosen, 1);
  return chosen;
}

/** How many a member lets go of, so that no two differ by more than one. Changes `counts` to what they are then. */
function surplusOf(member: string, counts: Map<string, number>): number {
  const names = [...counts.keys()];
  const count = (name: string) => counts.get(name) ?? 0;
  let surplus = 0;
  for (;;) {
    const most = names.reduce((best, name) => (count(name) > count(best) ? name : best));
    const fewest = names.reduce((best, name) => (count(name) < count(best) ? name : best));
    if (count(most) - count(fewest) < 2) return surplus;
    add(counts, most, -1);
    add(counts, fewest, 1);
    if (most === member) surplus += 1;
  }
}

/** Partitions in the order in which a member lets go of them. */
function leastWanted(member: string, partitions: readonly number[]): number[] {
  return partitions.toSorted((one, other) => weightOf(member, one) - weightOf(member, other));
}

/** Rendezvous hashing: each partition has an order of its own among members, which joining and leaving do not change. */
function weightOf(member: string, partition: number): number {
  let hash = partition;
  for (const byte of Buffer.from(member)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
