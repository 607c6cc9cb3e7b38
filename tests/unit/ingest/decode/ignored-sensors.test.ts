import { describe, expect, it } from 'vitest';
import { IgnoredSensors } from '../../../../src/ingest/decode/json.js';

describe(IgnoredSensors, () => {
  it('counts samples by name, whatever the name', () => {
    const ignored = new IgnoredSensors();
    ignored.note('location');
    ignored.note('location', 3);
    ignored.note('__proto__');
    ignored.note('');
    ignored.note('wrist motion\n\u001b[31m');
    expect(Object.fromEntries(ignored.counts)).toEqual(
      Object.fromEntries([
        ['location', 4],
        ['__proto__', 1],
        ['?', 1],
        ['wrist motion???31m', 1],
      ]),
    );
  });

  it('is bounded in names and in their length', () => {
    const ignored = new IgnoredSensors();
    for (let index = 0; index < 1000; index++) ignored.note(`${index}-${'x'.repeat(10_000)}`);
    expect(ignored.counts.size).toBe(33);
    expect(ignored.counts.get('others')).toBe(968);
    expect(Math.max(...[...ignored.counts.keys()].map((name) => name.length))).toBe(40);
  });
});
