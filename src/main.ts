#!/usr/bin/env node
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { type CliContext, exitCodeOf } from './cli/context.js';
import { runProgram } from './cli/program.js';
import { nameSourcesInStacks } from './cli/stacks.js';
import { systemClock } from './shared/clock.js';

/** From the end of a command to that of its process, at most. */
const END_WITHIN_MS = 500;

nameSourcesInStacks();

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The second signal finds no listener and ends the process at once.
  process.once(signal, () => abort.abort(signal));
}
// A reader that has seen enough (`alongside windows … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = once(terminal, 'close', { signal: abort.signal });
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]).catch(() => '');
    return typeof answer === 'string' && /^y(es)?$/i.test(answer);
  } finally {
    terminal.close();
  }
}

const context: CliContext = {
  print: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  isTerminal: process.stderr.isTTY === true,
  ask: process.stdin.isTTY === true ? ask : undefined,
  signal: abort.signal,
  env: process.env,
  clock: systemClock,
};

try {
  await runProgram(context, process.argv.slice(2));
} catch (error) {
  const { code, message } = exitCodeOf(error);
  if (message !== '') process.stderr.write(`${message}\n`);
  process.exitCode = code;
}
// What hangs in spite of its command's end must not keep the process alive; what was printed must go out.
setInterval(() => {
  if (process.stdout.writableLength === 0) process.exit();
}, END_WITHIN_MS).unref();
