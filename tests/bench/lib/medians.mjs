// Several runs of the same system and load as one line.

/** What is counted over all runs: a window that one of them lost shows. */
const COUNTED = ['due', 'stored', 'messages'];
/** True for all as soon as it is for one. */
const FAULTS = ['isDisturbed', 'hasCrashed'];

/** @param {readonly any[]} runs results of `measure` */
export function mediansOf(runs) {
  const groups = new Map();
  for (const run of runs) {
    const key = `${run.system}/${run.phones}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map((group) => combine('', group));
}

function combine(name, values) {
  const [first] = values;
  if (typeof first === 'number') return COUNTED.includes(name) ? sumOf(values) : medianOf(values);
  if (typeof first === 'boolean') return FAULTS.includes(name) ? values.some(Boolean) : values.every(Boolean);
  if (typeof first !== 'object' || first === null) return first;
  return Object.fromEntries(
    Object.keys(first).map((key) => [
      key,
      combine(
        key,
        values.map((value) => value?.[key]),
      ),
    ]),
  );
}

function medianOf(values) {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}

function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}
