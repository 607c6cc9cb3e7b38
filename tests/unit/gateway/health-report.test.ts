import { describe, expect, it } from 'vitest';
import { Backpressure } from '../../../src/gateway/backpressure.js';
import { type HealthParts, healthReport } from '../../../src/gateway/serve-http.js';

function partsOf(overrides: Partial<HealthParts> = {}): HealthParts {
  return {
    source: { health: () => ({ name: 'mqtt', ok: true, detail: '' }) },
    store: { problem: () => undefined },
    journal: { problem: undefined },
    inference: [{ readyWorkers: 1 }],
    backpressure: new Backpressure(),
    ...overrides,
  };
}

describe(healthReport, () => {
  it('is ready when all is well', () => {
    const { ready, parts } = healthReport(partsOf());
    expect(ready).toBe(true);
    expect(parts.map(({ name, ok, detail }) => [name, ok, detail])).toEqual([
      ['mqtt', true, ''],
      ['store', true, ''],
      ['journal', true, ''],
      ['models', true, ''],
      ['load', true, ''],
    ]);
  });

  it.each<[string, Partial<HealthParts>]>([
    ['mqtt', { source: { health: () => ({ name: 'mqtt', ok: false, detail: 'no broker' }) } }],
    ['store', { store: { problem: () => 'no database' } }],
    ['journal', { journal: { problem: 'disk full' } }],
    ['models', { inference: [{ readyWorkers: 1 }, { readyWorkers: 0 }] }],
  ])('is not ready when %s is not well, and says why', (name, overrides) => {
    const { ready, parts } = healthReport(partsOf(overrides));
    expect(ready).toBe(false);
    const [bad, ...others] = parts.filter(({ ok }) => !ok);
    expect(others).toEqual([]);
    expect(bad?.name).toBe(name);
    expect(bad?.detail).not.toBe('');
  });

  it('stays ready under load, and says what slows it down', () => {
    const backpressure = new Backpressure();
    backpressure.set('inference', true);
    const { ready, parts } = healthReport(partsOf({ backpressure }));
    expect(ready).toBe(true);
    expect(parts.at(-1)).toMatchObject({
      name: 'load',
      ok: true,
      detail: expect.stringMatching('inference'),
    });
  });
});
