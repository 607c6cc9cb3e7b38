import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversFilter, filterProblem, matchesTopic, topicLevels } from '../../../src/ingest/topics.js';

const matches = (filter: string, topic: string): boolean =>
  matchesTopic(topicLevels(filter), topicLevels(topic));
const covers = (wide: string, narrow: string): boolean =>
  coversFilter(topicLevels(wide), topicLevels(narrow));

/** Turns a filter into a regular expression, level by level: another way to the same rules. */
function naiveMatches(filter: string, topic: string): boolean {
  if (/^[+#]/.test(filter) && topic.startsWith('$')) return false;
  const pattern = filter
    .replaceAll(/[$.]/g, '\\$&')
    .replaceAll('+', '[^/]*')
    .replace(/(^|\/)#$/, (_, slash: string) => (slash === '' ? '.*' : '(/.*)?'));
  return new RegExp(`^${pattern}$`).test(topic);
}

const level = fc.constantFrom('a', 'b', '', '$s', '$SYS');
const topics = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'));
const filters = fc
  .tuple(
    fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }),
    fc.constantFrom('a', 'b', '', '+', '#', '$SYS'),
  )
  .map(([levels, last]) => [...levels, last].join('/'));

describe(matchesTopic, () => {
  it.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a', false],
    ['a/+', 'a/', true],
    ['a/+/c', 'a/b/c', true],
    ['+', '/a', false],
    ['+/+', '/a', true],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/#', 'ab', false],
    ['#', 'a/b', true],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['$SYS/#', '$SYS/x', true],
    ['A', 'a', false],
  ])('%s and %s: %s', (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected);
  });

  it('agrees with a naive matcher', () => {
    fc.assert(
      fc.property(filters, topics, (filter, topic) => {
        expect(matches(filter, topic)).toBe(naiveMatches(filter, topic));
      }),
      { numRuns: 5000 },
    );
  });
});

describe(coversFilter, () => {
  it.each([
    ['sensor-logger/+', 'sensor-logger/kitchen', true],
    ['sensor-logger/+', 'sensor-logger', false],
    ['a/#', 'a/+', true],
    ['a/#', 'a', true],
    ['a/+', 'a/#', false],
    ['#', '#', true],
    ['#', '$SYS/#', false],
    ['+/b', 'a/+', false],
  ])('%s and %s: %s', (wide, narrow, expected) => {
    expect(covers(wide, narrow)).toBe(expected);
  });

  it('means that the wide filter selects every topic that the narrow one selects', () => {
    fc.assert(
      fc.property(filters, filters, topics, (wide, narrow, topic) => {
        if (covers(wide, narrow) && matches(narrow, topic)) expect(matches(wide, topic)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });

  it('holds between a filter and itself', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(covers(filter, filter)).toBe(true);
      }),
    );
  });
});

describe(filterProblem, () => {
  it.each(['a', '+', '#', 'a/+/b/#', '/', 'é/b c'])('accepts %s', (filter) => {
    expect(filterProblem(filter)).toBeUndefined();
  });

  it.each(['', 'a/#/b', 'a#', 'a/b+', '++', 'a\0b'])('refuses %j', (filter) => {
    expect(filterProblem(filter)).toMatch(/./);
  });
});
