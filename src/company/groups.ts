import type { DeviceId } from '../domain/ids.js';

type Pairs = readonly { readonly first: DeviceId; readonly second: DeviceId }[];

/** The groups that pairs make: a device that is with one of a group belongs to it. Names and groups are in order. */
export function groupsOf(pairs: Pairs): DeviceId[][] {
  const groups = new Map<DeviceId, DeviceId[]>();
  for (const [device, leader] of leadersOf(pairs)) {
    const group = groups.get(leader);
    if (group === undefined) groups.set(leader, [device]);
    else group.push(device);
  }
  return [...groups.values()].map((group) => group.sort()).sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
}

/** For each device of a pair one of its group, the same for all of the group. */
export function leadersOf(pairs: Pairs): ReadonlyMap<DeviceId, DeviceId> {
  const parents = new Map<DeviceId, DeviceId>();
  const leaderOf = (device: DeviceId): DeviceId => {
    let leader = device;
    for (;;) {
      const parent = parents.get(leader) ?? leader;
      if (parent === leader) break;
      leader = parent;
    }
    parents.set(device, leader);
    return leader;
  };
  for (const { first, second } of pairs) parents.set(leaderOf(first), leaderOf(second));
  return new Map(Array.from(parents.keys(), (device) => [device, leaderOf(device)]));
}
