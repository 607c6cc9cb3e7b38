import { CommanderError } from 'commander';
import { GatewayError, messageOf, systemWords } from '../shared/errors.js';

/** What a command's end means for the shell: 0 done, 1 failed, 2 wrongly used or configured. */
export function exitCodeOf(error: unknown): { readonly code: number; readonly message: string } {
  // Commander has printed its message, and `--help` and `--version` are no failures.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2, message: '' };
  if (error instanceof GatewayError) {
    const isUsage = error.code === 'USAGE' || error.code === 'CONFIG_INVALID';
    return { code: isUsage ? 2 : 1, message: `alongside: ${inWords(error)}` };
  }
  const words = systemWords(error);
  if (words !== undefined) return { code: 1, message: `alongside: ${placeOf(error)}${words}` };
  const stack = error instanceof Error ? error.stack : undefined;
  return { code: 1, message: `alongside: unexpected error: ${stack ?? messageOf(error)}` };
}

/** The message, with words for what the operating system said. */
function inWords({ message, cause }: GatewayError): string {
  const words = systemWords(cause);
  const said = messageOf(cause);
  if (words === undefined || message.includes(words)) return message;
  return said !== '' && message.includes(said) ? message.replace(said, words) : `${message}${words}`;
}

/** The path or address that an error of the operating system is about. */
function placeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('path' in error && typeof error.path === 'string') return `${error.path}: `;
  const host = 'address' in error ? error.address : 'hostname' in error ? error.hostname : undefined;
  if (typeof host !== 'string') return '';
  return 'port' in error ? `${host}, port ${error.port}: ` : `${host}: `;
}
