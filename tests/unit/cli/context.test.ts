import { describe, expect, it } from 'vitest';
import { createProgressLine } from '../../../src/cli/context.js';
import { cliContext } from '../../helpers/cli-context.js';

function contextAt(isTerminal: boolean) {
  const time = { nowMs: 0 };
  return { time, context: cliContext({ isTerminal, clock: { nowMs: () => time.nowMs } }) };
}

describe('createProgressLine', () => {
  it('tells the time left', () => {
    const { time, context } = contextAt(false);
    const progress = createProgressLine(context);
    progress.update('training', 0);
    time.nowMs = 60_000;
    progress.update('training', 0.25, 'loss 0.5');
    expect(context.notes).toEqual(['training: 0 %', 'training: 25 %, 3 min left, loss 0.5']);
  });

  it('writes a line now and then to a file, and always the last one', () => {
    const { time, context } = contextAt(false);
    const progress = createProgressLine(context);
    for (let step = 0; step <= 100; step++) {
      time.nowMs = step * 1000;
      progress.update('training', step / 100);
    }
    expect(context.notes).toHaveLength(5);
    expect(context.notes.at(-1)).toContain('100 %');
  });

  it('redraws its line on a terminal, and starts a new one for a new phase', () => {
    const { time, context } = contextAt(true);
    const progress = createProgressLine(context);
    progress.update('training', 0);
    time.nowMs = 1000;
    progress.update('training', 0.5);
    progress.update('measuring', 0);
    const redraws = context.notes.map((line) => line.startsWith('\u001b[1A\u001b[2K'));
    expect(redraws).toEqual([false, true, false]);
  });
});
