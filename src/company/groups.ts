import type { DeviceId } from '../domain/ids.js';

/** The groups that pairs make: a device that is with one of a group belongs to it. Names and groups are in order. */
export function groupsOf(
  pairs: readonly { readonly first: DeviceId; readonly second: DeviceId }[],
): DeviceId[][] {
  const groups = new Map<DeviceId, Set<DeviceId>>();
  for (const { first, second } of pairs) {
    const one = groups.get(first) ?? new Set([first]);
    const other = groups.get(second) ?? new Set([second]);
    const [larger, smaller] = one.size < other.size ? [other, one] : [one, other];
    for (const device of smaller) larger.add(device);
    for (const device of [first, ...smaller]) groups.set(device, larger);
  }
  return [...new Set(groups.values())]
    .map((group) => [...group].sort())
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
}

/** To which of those groups each device belongs, by number. */
export function groupNumbersOf(pairs: Parameters<typeof groupsOf>[0]): ReadonlyMap<DeviceId, number> {
  return new Map(groupsOf(pairs).flatMap((group, index) => group.map((device) => [device, index])));
}
