import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './tests/helpers/eventually.js';
import { FlakyReporter } from './tests/helpers/flaky-reporter.js';
import { LongFirst } from './tests/helpers/long-first.js';

/** Tests with real servers are tried twice; whatever needed it is named at the end, and is a bug to be mended. */
const RETRY = 1;

/**
 * More files than cores: whole gateways wait about half of the time, for a phone, a silence, a database that comes back, and
 * trainings beside them use that time.
 */
const AT_A_TIME = Math.min(6, Math.ceil(1.5 * availableParallelism()));

/** Whole gateways that are judged by time or by what they cost: nothing else may run beside them. */
const MEASURED = ['bench', 'heavy-messages', 'pressure'].map((name) => `tests/e2e/${name}.test.ts`);

/**
 * Tests with real servers, whole gateways or browsers, on free ports and in folders of their own, which they stop and remove.
 * Nothing is left for the next file, so files share a process: loading modules again for each costs a second of processor time.
 */
const WHOLE = {
  isolate: false,
  retry: RETRY,
  testTimeout: 5 * PATIENCE_MS,
  hookTimeout: 2 * PATIENCE_MS,
};

export default defineConfig({
  test: {
    globalSetup: ['tests/helpers/build-once.ts'],
    setupFiles: ['tests/helpers/guard.ts', 'tests/helpers/property-seed.ts'],
    reporters: ['default', new FlakyReporter()],
    sequence: { sequencer: LongFirst },
    // What takes a moment takes longer on a loaded machine.
    expect: { poll: { timeout: PATIENCE_MS } },
    projects: [
      {
        extends: true, // A loaded machine must not fail a test: none of them is about time.
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          testTimeout: 120_000,
          // Pure cores share nothing, so files may share a process: that halves the time. The one thing shared is the
          // backend of TensorFlow.js; tests that need a certain one say so (helpers/use-tfjs.ts).
          isolate: false,
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          ...WHOLE,
          maxWorkers: AT_A_TIME,
          sequence: { groupOrder: 1 },
          testTimeout: 2 * PATIENCE_MS,
        },
      },
      {
        extends: true,
        test: {
          ...WHOLE,
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          exclude: MEASURED,
          maxWorkers: AT_A_TIME,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...WHOLE,
          name: 'e2e-measured',
          include: MEASURED,
          sequence: { groupOrder: 2 },
          maxWorkers: 1,
        },
      },
    ],
  },
});
