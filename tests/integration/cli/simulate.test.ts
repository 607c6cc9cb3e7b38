import { describe, expect, it } from 'vitest';
import type { CliContext } from '../../../src/cli/context.js';
import { createSimulateCommand } from '../../../src/cli/simulate.js';
import { systemClock } from '../../../src/shared/clock.js';
import { startMosquitto } from '../../helpers/start-mosquitto.js';

interface Output extends CliContext {
  readonly lines: string[];
}

function contextOf(signal = new AbortController().signal): Output {
  const lines: string[] = [];
  return {
    lines,
    print: (line) => void lines.push(line),
    note: () => undefined,
    isTerminal: false,
    ask: undefined,
    signal,
    env: {},
    clock: systemClock,
  };
}

async function run(context: CliContext, ...args: string[]): Promise<void> {
  await createSimulateCommand(context)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .parseAsync(args, { from: 'user' });
}

describe('alongside simulate', () => {
  it('ends with the counts and, on request, with what was true', async () => {
    await using broker = await startMosquitto();
    const context = contextOf();
    const size = ['--phones', '3', '--seconds', '4', '--rate', '25', '--pace', 'max'];
    await run(context, '--url', broker.url, ...size, '--format', 'alongside', '--truth', '--json');
    const last = JSON.parse(context.lines.at(-1) ?? '');
    expect(last).toMatchObject({ phones: 3, messages: 12, acknowledged: 12, failed: 0 });
    expect(Math.abs(last.samples - 3 * 4 * 3 * 25)).toBeLessThan(40);
    const truths = context.lines.slice(0, -1).map((line) => JSON.parse(line));
    expect(truths.filter(({ target }) => target === 'accompanied').map(({ device }) => device)).toEqual([
      'phone-0001',
      'phone-0002',
      'phone-0003',
    ]);
  });

  it('reports what it has sent when it is interrupted', async () => {
    await using broker = await startMosquitto();
    const abort = new AbortController();
    const context = contextOf(abort.signal);
    const running = run(context, '--url', broker.url, '--phones', '2', '--json');
    abort.abort();
    await running;
    expect(JSON.parse(context.lines.at(-1) ?? '')).toMatchObject({ phones: 2 });
  });

  it.each([
    ['no broker', []],
    ['a format no phone sends', ['--url', 'mqtt://127.0.0.1:1', '--format', 'frame']],
    ['no phones', ['--url', 'mqtt://127.0.0.1:1', '--phones', '0']],
    ['half a phone', ['--url', 'mqtt://127.0.0.1:1', '--phones', '1.5']],
  ])('refuses %s', async (_, args) => {
    await expect(run(contextOf(), ...args)).rejects.toMatchObject({ exitCode: 1 });
  });
});
