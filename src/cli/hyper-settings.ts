import { z } from 'zod';
import { GatewayError } from '../shared/errors.js';
import { type HyperParameters, hyperParametersSchema } from '../training/motion/hyper-parameters.js';

const PREFIX = 'hyper.';

/**
 * Reads `--set hyper.key=value`; the last of several settings of one key counts.
 *
 * @throws GatewayError `USAGE` that lists every problem
 */
export function parseHyperSettings(settings: readonly string[]): HyperParameters {
  const entries = settings.map((setting): [string, unknown] => {
    const at = setting.indexOf('=');
    if (!setting.startsWith(PREFIX) || at < 0) {
      throw new GatewayError('USAGE', `--set ${setting}: must look like hyper.epochs=10`);
    }
    const text = setting.slice(at + 1);
    const isNumber = text.trim() !== '' && !Number.isNaN(Number(text));
    return [setting.slice(PREFIX.length, at), isNumber ? Number(text) : text];
  });
  const result = hyperParametersSchema.safeParse(Object.fromEntries(entries));
  if (result.success) return result.data;
  throw new GatewayError('USAGE', `--set:\n${z.prettifyError(result.error)}`);
}

/** Every hyper-parameter with its default and meaning, for `--help`. */
export function describeHyperParameters(): string {
  const defaults: Readonly<Record<string, unknown>> = hyperParametersSchema.parse({});
  const lines = Object.entries(hyperParametersSchema.shape).map(
    ([name, schema]) =>
      `  hyper.${name}${name in defaults ? `=${defaults[name]}` : ''}  ${schema.description ?? ''}`,
  );
  return `\nHyper-parameters and their defaults, for --set:\n${lines.join('\n')}`;
}
