import type { SimulatedPhone } from './phone.js';
import { TRUTH_TARGETS } from './truth.js';

/**
 * What a wearer who knows the truth would press during `[fromMs, toMs)`, as payloads for `alongside/<device>/labels`: one
 * whenever a target changes.
 *
 * @param isFirst whether nothing was said before `fromMs`
 */
export function truthLabels(
  phone: Pick<SimulatedPhone, 'truth' | 'truthAt'>,
  fromMs: number,
  toMs: number,
  isFirst: boolean,
): string[] {
  const changesMs = TRUTH_TARGETS.flatMap((target) =>
    phone
      .truth(target, fromMs - 1, toMs)
      .flatMap((interval, index) => (index === 0 ? [] : [interval.fromMs])),
  );
  const timesMs = new Set([...(isFirst ? [fromMs] : []), ...changesMs.sort((a, b) => a - b)]);
  return Array.from(timesMs, (atMs) => {
    const said = TRUTH_TARGETS.map((target) => [target, phone.truthAt(target, atMs)]);
    return JSON.stringify({ atMs, ...Object.fromEntries(said) });
  });
}
