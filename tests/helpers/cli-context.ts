import type { CliContext } from '../../src/cli/context.js';
import { systemClock } from '../../src/shared/clock.js';

export interface TestContext extends CliContext {
  /** What was printed. */
  readonly lines: string[];
  /** What was noted. */
  readonly notes: string[];
}

/** The process as a command sees it, with everything it says kept. */
export function cliContext(overrides: Partial<CliContext> = {}): TestContext {
  const lines: string[] = [];
  const notes: string[] = [];
  return {
    lines,
    notes,
    print: (line) => void lines.push(line),
    note: (line) => void notes.push(line),
    isTerminal: false,
    ask: undefined,
    signal: new AbortController().signal,
    env: {},
    clock: systemClock,
    ...overrides,
  };
}
