import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findProgram } from './server-process.js';

/** Runs Debian's promtool; `words` is everything it said. */
export async function runPromtool(
  args: readonly string[],
  input = '',
): Promise<{ readonly code: unknown; readonly words: string }> {
  const child = spawn(await findProgram('promtool'), args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let words = '';
  child.stdout.on('data', (chunk: Buffer) => {
    words += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString();
  });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, words };
}
